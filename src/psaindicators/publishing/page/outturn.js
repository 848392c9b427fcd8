"use strict";
(() => {
  const made = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  const number = (cell) => Number.parseFloat(cell.replace(/[,%]/g, ""));
  const told = JSON.parse(document.getElementById("sentences").textContent);
  document.querySelectorAll(".scripted").forEach((one) => { one.hidden = false; });

  const place = document.getElementById("place");
  const lines = (found) => {
    const list = made("ul", "");
    found.forEach(([, , sentence]) => list.append(made("li", sentence)));
    return list;
  };
  const show = () => {
    const glance = document.getElementById("glance");
    glance.replaceChildren();
    const own = told[place.value] || [];
    [...new Set(own.map(([page]) => page))].forEach((page) => {
      const here = own.filter((one) => one[0] === page);
      const sections = new Set(here.map((one) => one[1]));
      const all = (told[""] || []).filter((one) => one[0] === page && sections.has(one[1]));
      glance.append(made("h3", page), lines(here));
      if (all.length) { glance.append(made("h4", "Everyone, to compare"), lines(all)); }
    });
  };
  if (place) { place.addEventListener("change", show); }

  const search = document.getElementById("search");
  const filter = () => {
    const wanted = search.value.trim().toLowerCase();
    let hits = 0;
    document.querySelectorAll("#indicators details.rows").forEach((table) => {
      let here = 0;
      table.querySelectorAll("tbody tr").forEach((row) => {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
        here += row.hidden ? 0 : 1;
      });
      if (wanted !== "") { table.open = here > 0; hits += here; }
    });
    document.getElementById("hits").textContent = wanted === "" ? "" : `${hits} rows found`;
  };
  if (search) { search.addEventListener("input", filter); }

  const sort = (head, column) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    const body = head.closest("table").tBodies[0];
    const key = (row) => row.cells[column].textContent;
    const numeric = head.classList.contains("number");
    const order = numeric
      ? (a, b) => (number(key(a)) || 0) - (number(key(b)) || 0)
      : (a, b) => key(a).localeCompare(key(b), "en-GB");
    const rows = [...body.rows].sort((a, b) => (down ? -order(a, b) : order(a, b)));
    head.parentElement.querySelectorAll("th").forEach((one) => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...rows);
  };
  document.querySelectorAll("#indicators thead").forEach((top) => {
    [...top.rows[0].cells].forEach((head, column) => {
      const button = made("button", head.textContent);
      button.type = "button";
      head.replaceChildren(button);
      button.addEventListener("click", () => sort(head, column));
    });
  });
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("#findings details, #definitions details, #notes details").forEach((one) => { one.open = true; });
  });
})();
