/* Sorts and searches the rows. The page is whole without it; with it, only as many rows as are
 * looked at stand in the page, so that 50,000 of them are no burden. */
(function () {
  "use strict";
  var STEP = 200;
  var list = document.getElementById("list");
  if (!list) return;
  var body = list.tBodies[0];
  var all = [];
  var found = all;
  var texts = null;
  var shown = 0;
  var output = document.getElementById("shown");
  var search = document.getElementById("search");
  var language = document.documentElement.lang;

  /* All rows into one table: the others were only to spare the browser. */
  Array.prototype.forEach.call(document.querySelectorAll(".part"), function (part) {
    Array.prototype.push.apply(all, Array.prototype.slice.call(part.querySelector("tbody").rows));
    if (!part.contains(list)) part.remove();
  });

  function count() {
    output.textContent = found.length.toLocaleString(language === "es" ? "es-CL" : "en");
  }

  function more(upTo) {
    var part = document.createDocumentFragment();
    for (; shown < found.length && shown < upTo; shown++) part.appendChild(found[shown]);
    body.appendChild(part);
  }

  function show() {
    body.textContent = "";
    shown = 0;
    more(STEP);
    count();
  }

  function near() {
    if (shown < found.length && list.getBoundingClientRect().bottom < 2 * window.innerHeight)
      more(shown + STEP);
  }

  /* Accents and case do not matter to whoever looks for a name. */
  function fold(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }

  function filter() {
    var words = fold(search.value).split(/\s+/).filter(Boolean);
    if (!texts) texts = new Map(all.map(function (row) { return [row, fold(row.textContent)]; }));
    found = all.filter(function (row) {
      var text = texts.get(row);
      return words.every(function (word) { return text.indexOf(word) >= 0; });
    });
    show();
  }

  /* What a cell is sorted by: its first text, without what stands smaller below it. */
  function first(row, column) {
    var node = row.cells[column].firstChild;
    return node && node.nodeName !== "I" ? node.textContent : "";
  }

  function amount(row, column) {
    var digits = first(row, column).replace(/[^0-9-]/g, "");
    return digits === "" ? null : Number(digits);
  }

  function compare(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
  }

  function sort(column, head) {
    var down = head.getAttribute("aria-sort") === "ascending";
    var numbers = column === 2;
    var keys = new Map(all.map(function (row, i) {
      return [row, { key: numbers ? amount(row, column) : fold(first(row, column)), i: i }];
    }));
    all.sort(function (x, y) {
      var a = keys.get(x), b = keys.get(y);
      var empty = (a.key === "" || a.key === null) - (b.key === "" || b.key === null);
      if (empty) return empty; /* what says nothing stands last, either way */
      return (down ? compare(b.key, a.key) : compare(a.key, b.key)) || a.i - b.i;
    });
    Array.prototype.forEach.call(list.tHead.rows[0].cells, function (cell) {
      cell.removeAttribute("aria-sort");
    });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    if (search.value) filter();
    else { found = all; show(); }
  }

  Array.prototype.forEach.call(list.tHead.rows[0].cells, function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.textContent = "";
    head.appendChild(button);
    button.addEventListener("click", function () { sort(column, head); });
  });
  search.addEventListener("input", filter);
  window.addEventListener("scroll", near, { passive: true });
  window.addEventListener("resize", near, { passive: true });
  window.addEventListener("beforeprint", function () { more(found.length); });
  document.getElementById("tools").hidden = false;
  show();
})();
