"use strict";
(() => {
  const body = document.querySelector("#rows tbody");
  const search = document.querySelector("#search");
  const shown = document.querySelector("#shown");
  const rows = Array.from(body.rows);
  const texts = new Map();
  const text = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter((word) => word);
    let count = 0;
    for (const row of rows) {
      const fits = words.every((word) => text(row).includes(word));
      row.classList.toggle("hidden", !fits);
      if (fits) count += 1;
    }
    shown.textContent = words.length ? `${count} of ${rows.length} rows fit` : `${rows.length} rows`;
  };
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.key ?? cell.textContent.toLowerCase();
  };
  for (const button of document.querySelectorAll("#rows th button")) {
    button.addEventListener("click", () => {
      const head = button.parentElement;
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const column = head.cellIndex;
      const keys = new Map(rows.map((row) => [row, key(row, column)]));
      const sign = up ? 1 : -1;
      rows.sort((a, b) => sign * keys.get(a).localeCompare(keys.get(b), "en", { numeric: true }));
      body.append(...rows);
    });
  }
  search.addEventListener("input", filter);
  // report.html#web-01 opens with that filter, so that a ticket can point at its rows.
  try {
    search.value = decodeURIComponent(location.hash.slice(1));
  } catch {
    search.value = "";
  }
  filter();
})();
