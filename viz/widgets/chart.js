// Panels over the months on one canvas: lines, steps and stacks; a shared cursor; arrow keys; direct values.

const CURSOR = "db-cursor"; // a page-wide event: every chart shows the same month
const RIGHT = 10, TOP = 2, BOTTOM = 20, LEGEND = 18;

/** At most `most` round values within [low, high]: steps of 1, 2 or 5. */
function ticks(low, high, most) {
  const rough = (high - low) / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high * (1 + 1e-9); k++) found.push(k === 0 ? 0 : k * step);
  return found;
}

/** Round values on a log axis: 1, 2, 5 of each ten, thinned to `most`. */
function logTicks(low, high, most) {
  let found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
    for (const m of [1, 2, 5]) found.push(m * 10 ** power);
  found = found.filter((value) => value >= low && value <= high);
  if (found.length < 2) return ticks(low, high, most); // less than a doubling: even steps say more
  const every = Math.ceil(found.length / Math.max(most, 1));
  return found.filter((_, place) => place % every === 0);
}

/** The vertical range of a panel over the months seen. */
function range(panel, columns) {
  if (panel.scale === "share") return [0, 1];
  if (panel.form === "rule") return [-0.4, 4.4];
  const stacked = panel.series.some((line) => line.kind === "stack");
  let low = Infinity, high = -Infinity;
  for (let month = 0; month < (columns[0]?.length ?? 0); month++) {
    let above = 0, below = 0;
    for (const column of columns) {
      const value = column[month];
      if (!Number.isFinite(value) || (panel.scale === "log" && value <= 0)) continue;
      if (stacked) value > 0 ? (above += value) : (below += value);
      else [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
    if (stacked) [low, high] = [Math.min(low, below), Math.max(high, above)];
  }
  if (!(high >= low)) return panel.scale === "log" ? [1, 10] : [0, 1];
  if (panel.scale === "log") return [low / 1.15, high * 1.15];
  const room = 0.06 * (high - low || Math.abs(high) || 1);
  return [low < 0 ? low - room : Math.min(low, 0), high > 0 ? high + room : 0];
}

function said(panel, value, rules) {
  if (!Number.isFinite(value)) return "–";
  if (panel.form === "rule") return rules[value] ?? "–";
  return panel.form === "share" ? value.toFixed(2) : short(value);
}

export default {
  render({ model, el }) {
    const spec = model.get("spec");
    el.classList.add("db-chart");
    el.dataset.testid = "chart-" + spec.name;
    const title = make(el, "h2", "db-title", spec.title);
    make(title, "small", "", spec.subtitle);
    const save = make(title, "button", "db-save", "CSV");
    save.type = "button";
    save.title = "Save the numbers of this chart";
    save.dataset.testid = "csv-" + spec.name;
    save.onclick = () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([table(columnsOf())], { type: "text/csv" }));
      link.download = `double-bind-${spec.name}.csv`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    };
    const box = make(el, "div", "db-canvas");
    let cursor = null, told = 0, edges = [0, 1, 1], left = 52;
    const view = fitted(box, "", paint);
    const canvas = view.canvas;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");

    function columnsOf() {
      const months = model.get("months"), data = numbers(Float32Array, model.get("data"));
      let place = 0;
      return spec.panels.map((panel) =>
        panel.series.map(() => data.subarray(place * months, ++place * months)));
    }

    /** The numbers of the chart as CSV; the first line says what they are not. */
    function table(all) {
      const names = spec.panels.flatMap((panel) => panel.series.map((line) => line.column));
      const columns = all.flat(), lines = [`# ${spec.title}: figures of one simulated run, not a forecast`];
      lines.push(["month", ...names].join(","));
      for (let month = 0; month < model.get("months"); month++) {
        const [year, place] = monthAt(spec.start, month);
        const label = `${year}-${String(place + 1).padStart(2, "0")}`;
        lines.push([label, ...columns.map((column) => (Number.isFinite(column[month]) ? column[month] : ""))].join(","));
      }
      return lines.join("\n") + "\n";
    }

    function paint(context, width, height) {
      const tint = colours(el), all = columnsOf(), months = model.get("months");
      el.classList.toggle("db-empty", !months);
      if (!months) return note(context, el, "No month yet", width, height);
      const across = Math.max(months - 1, 23), large = width > 520;
      const font = (weight, size) => `${weight} ${size}px ${getComputedStyle(el).fontFamily}`;
      const size = large ? 13 : 11;
      left = large ? 82 : 52; // the longest word of an axis, "Discourage", is drawn on large ones only
      const x = (month) => left + (month / across) * (width - left - RIGHT);
      const shown = cursor !== null && cursor < months ? cursor : months - 1;
      edges = [left, width - RIGHT, across];

      const free = height - TOP - BOTTOM - LEGEND * spec.panels.length;
      const parts = spec.panels.reduce((sum, panel) => sum + panel.height, 0);
      let top = TOP;
      for (const [index, panel] of spec.panels.entries()) {
        const columns = all[index], [low, high] = range(panel, columns);
        const upper = top + LEGEND, lower = upper + (free * panel.height) / parts;
        const scale = panel.scale === "log" ? Math.log : (value) => value;
        const y = (value) => lower - ((scale(value) - scale(low)) / (scale(high) - scale(low))) * (lower - upper);
        drawAxis(context, panel, [low, high], [upper, lower], { tint, y, width, font: font(400, size - 0.5) });
        context.save();
        context.beginPath();
        context.rect(left - 1, upper - 3, width - left - RIGHT + 2, lower - upper + 6);
        context.clip();
        drawSeries(context, panel, columns, { tint, x, y, months, half: (x(1) - x(0)) / 2 });
        context.restore();
        drawLegend(context, panel, columns, { tint, shown, top, font, size, width });
        top = lower;
      }
      drawMonths(context, { tint, x, across, width, height, font: font(400, size - 0.5) });
      drawMarks(context, { tint, x, height });
      if (cursor !== null && cursor < months) drawCursor(context, { tint, x, height, font: font(600, size - 0.5), width });
      tell(all, shown);
    }

    function drawAxis(context, panel, [low, high], [upper, lower], { tint, y, width, font }) {
      const most = Math.max(2, Math.floor((lower - upper) / 26));
      const values = panel.form === "rule" ? (lower - upper < 62 ? [0, 2, 4] : [0, 1, 2, 3, 4])
        : panel.scale === "log" ? logTicks(low, high, most) : ticks(low, high, most);
      context.font = font;
      context.textAlign = "right";
      context.textBaseline = "middle";
      for (const value of values) {
        context.strokeStyle = tint.rule;
        context.lineWidth = 1;
        context.beginPath();
        context.moveTo(left, Math.round(y(value)) + 0.5);
        context.lineTo(width - RIGHT, Math.round(y(value)) + 0.5);
        context.stroke();
        context.fillStyle = tint.muted;
        const text = panel.form === "rule" ? spec.rules[value].split(" ")[0]
          : panel.form === "share" ? String(+value.toFixed(2)) : round(value);
        context.fillText(text, left - 5, y(value));
      }
    }

    function drawSeries(context, panel, columns, { tint, x, y, months, half }) {
      const above = new Float64Array(months), below = new Float64Array(months);
      panel.series.forEach((line, place) => {
        const values = columns[place];
        context.fillStyle = context.strokeStyle = tint.categories[line.category - 1];
        context.lineWidth = 1.7;
        context.lineJoin = "round";
        context.setLineDash(line.kind === "dash" ? [5, 3] : []);
        if (line.kind === "stack") {
          for (let month = 0; month < months; month++) {
            const value = values[month];
            if (!Number.isFinite(value) || value === 0) continue;
            const base = value > 0 ? above : below;
            const from = y(base[month]), to = y((base[month] += value));
            context.fillRect(x(month) - half * 0.86, Math.min(from, to), half * 1.72, Math.abs(to - from));
          }
          return;
        }
        context.beginPath();
        let open = false;
        for (let month = 0; month < months; month++) {
          if (!Number.isFinite(values[month])) { open = false; continue; }
          const height = y(values[month]);
          if (line.kind === "step" && open) context.lineTo(x(month), y(values[month - 1]));
          open ? context.lineTo(x(month), height) : context.moveTo(x(month), height);
          open = true;
        }
        context.stroke();
        context.setLineDash([]);
        if (months === 1 && open) context.fillRect(x(0) - 2, y(values[0]) - 2, 4, 4); // a line of one month
      });
    }

    function drawLegend(context, panel, columns, { tint, shown, top, font, size, width }) {
      context.textAlign = "left";
      context.textBaseline = "alphabetic";
      const middle = top + 12;
      const entries = panel.series.map((line, place) => [line, said(panel, columns[place]?.[shown], spec.rules)]);
      const lengthOf = (withValues) => entries.reduce((sum, [line, value]) => {
        context.font = font(400, size);
        let length = sum + 26 + context.measureText(line.name + " ").width;
        context.font = font(600, size);
        return withValues ? length + context.measureText(value).width : length;
      }, left);
      const withValues = lengthOf(true) < width; // too narrow: names only, the values are at the cursor of wider ones
      let place = left;
      for (const [line, value] of entries) {
        context.fillStyle = tint.categories[line.category - 1];
        context.fillRect(place, middle - 8, 9, 9);
        context.fillStyle = tint.text;
        context.font = font(400, size);
        context.fillText(line.name, place + 13, middle);
        place += 13 + context.measureText(line.name + " ").width;
        if (withValues) {
          context.font = font(600, size);
          const text = value === "–" ? value : value + panel.suffix;
          context.fillText(text, place, middle);
          place += context.measureText(text).width;
        }
        place += 11;
      }
    }

    function drawMonths(context, { tint, x, across, width, height, font }) {
      context.font = font;
      context.textAlign = "center";
      context.textBaseline = "alphabetic";
      context.fillStyle = tint.muted;
      const [, first] = monthAt(spec.start, 0);
      const room = Math.ceil(44 / Math.max(x(12) - x(0), 1)); // years between two labels
      const every = [1, 2, 5, 10, 20, 50].find((years) => years >= room) ?? 100;
      for (let month = (12 - first) % 12; month <= across; month += 12) {
        const [year] = monthAt(spec.start, month);
        const hidden = cursor !== null && Math.abs(x(month) - x(cursor)) < 56;
        if (year % every === 0 && !hidden) context.fillText(String(year), Math.min(Math.max(x(month), left + 12), width - 15), height - 5);
      }
    }

    function drawMarks(context, { tint, x, height }) {
      context.fillStyle = tint.event;
      for (const [month] of model.get("marks")) {
        const middle = x(month), base = height - BOTTOM + 1;
        context.beginPath();
        context.moveTo(middle, base);
        context.lineTo(middle - 3, base + 5);
        context.lineTo(middle + 3, base + 5);
        context.fill();
      }
    }

    function drawCursor(context, { tint, x, height, font, width }) {
      const [year, month] = monthAt(spec.start, cursor);
      context.strokeStyle = tint.muted;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(x(cursor), TOP + LEGEND);
      context.lineTo(x(cursor), height - BOTTOM);
      context.stroke();
      context.font = font;
      const text = `${MONTHS[month]} ${year}`, half = context.measureText(text).width / 2 + 4;
      const middle = Math.min(Math.max(x(cursor), left + half), width - half);
      context.fillStyle = tint.panel;
      context.fillRect(middle - half, height - BOTTOM + 2, 2 * half, BOTTOM - 2);
      context.fillStyle = tint.text;
      context.textAlign = "center";
      context.fillText(text, middle, height - 5);
    }

    /** The picture in a sentence, for those who cannot see it; renewed once a second at most. */
    function tell(all, shown) {
      const now = performance.now();
      if (now - told < 1000) return;
      told = now;
      const parts = spec.panels.flatMap((panel, index) => panel.series.map((line, place) =>
        `${line.name} ${said(panel, all[index][place]?.[shown], spec.rules)}${panel.suffix}`));
      const [year, month] = monthAt(spec.start, Math.max(shown, 0));
      canvas.setAttribute("aria-label", `${spec.title}, ${MONTHS[month]} ${year}: ${parts.join(", ")}`);
    }

    const point = (month) => {
      const last = model.get("months") - 1;
      const place = month === null || last < 0 ? null : Math.min(Math.max(month, 0), last);
      window.dispatchEvent(new CustomEvent(CURSOR, { detail: place }));
    };
    const follow = (event) => { if (event.detail !== cursor) { cursor = event.detail; view.redraw(); } };
    canvas.addEventListener("pointermove", (event) => {
      const [first, last, across] = edges;
      point(Math.round(((event.offsetX - first) / (last - first)) * across));
    });
    canvas.addEventListener("pointerleave", () => point(null));
    canvas.addEventListener("keydown", (event) => {
      const from = cursor ?? model.get("months") - 1;
      const goal = { ArrowLeft: from - 1, ArrowRight: from + 1, PageUp: from - 12, PageDown: from + 12,
        Home: 0, End: model.get("months") - 1, Escape: null }[event.key];
      if (goal === undefined) return;
      event.preventDefault();
      point(goal);
    });
    window.addEventListener(CURSOR, follow);
    model.on("change:data change:marks", view.redraw);
    const stopTheme = onTheme(el, view.redraw);
    return () => {
      window.removeEventListener(CURSOR, follow);
      model.off("change:data change:marks", view.redraw);
      stopTheme();
      view.stop();
    };
  },
};
