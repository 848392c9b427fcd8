# The peer R survey: means of 18 questions by district, region and everyone, with standard errors and intervals.
suppressMessages(library(survey))
rows <- read.csv(commandArgs(TRUE)[1])
for (q in paste0("q", 1:18)) {
  one <- subset(svydesign(ids = ~1, strata = ~district, weights = ~weight, data = rows), !is.na(rows[[q]]))
  f <- as.formula(paste0("~", q))
  for (by in c(~district, ~region)) cat(nrow(confint(svyby(f, by, one, svymean))), "")
  cat(nrow(confint(svymean(f, one))), "\n")
}
