"""The writers: each turns a document into files of one format, and is one file."""
