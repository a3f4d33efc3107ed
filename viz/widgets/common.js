// Common to all widgets: colours from the theme, numbers in words, bytes to arrays, a canvas that fits its box.

const THIN = "\u202f", MINUS = "\u2212";

/** Colours of the present theme, read from the CSS variables. */
function colours(el) {
  const style = getComputedStyle(el.closest(".v-application") ?? el);
  const read = (name) => style.getPropertyValue("--" + name).trim();
  const names = ["back", "panel", "text", "muted", "rule", "plus", "minus", "event", "grey"];
  const found = Object.fromEntries(names.map((name) => [name, read(name)]));
  found.categories = [1, 2, 3, 4, 5].map((n) => read("category-" + n));
  return found;
}

/** Calls back when the theme changes; returns how to stop. */
function onTheme(el, callback) {
  const app = el.closest(".v-application");
  if (!app) return () => {};
  const observer = new MutationObserver(callback);
  observer.observe(app, { attributes: true, attributeFilter: ["class"] });
  return () => observer.disconnect();
}

/** A typed array over a copy of a Bytes trait (its offset in the message is not aligned). */
function numbers(Kind, view) {
  if (!view?.byteLength) return new Kind(0);
  return new Kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

/** Three significant figures, never an exponent. */
function figures(value) {
  value = Number(value.toPrecision(3)); // 0.9996 is 1.00, not 1.000
  if (value === 0) return "0";
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 6)).replace("-", MINUS);
}

/** USD for axes and legends: "12.4 bn". */
function short(value) {
  for (const [size, word] of [[1e12, "tn"], [1e9, "bn"], [1e6, "m"], [1e3, "k"]])
    if (Math.abs(value) >= 0.9995 * size) return figures(value / size) + THIN + word;
  return figures(value);
}

/** The same for an axis, where round values need no zeros behind the point: "20 bn". */
const round = (value) => short(value).replace(/(\.\d*?)0+(?!\d)/, "$1").replace(/\.(?!\d)/, "");

/** A muted sentence in the middle of a canvas that has nothing to show yet. */
function note(context, el, text, width, height) {
  context.font = `400 13px ${getComputedStyle(el).fontFamily}`;
  context.fillStyle = colours(el).muted;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, width / 2, height / 2);
}

/** The month that lies `index` months after `start` ("2026-01"), as [year, month from 0]. */
function monthAt(start, index) {
  const months = Number(start.slice(0, 4)) * 12 + Number(start.slice(5)) - 1 + index;
  return [Math.floor(months / 12), months % 12];
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** An element with a class, a text, and a place. */
function make(parent, tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  parent.append(element);
  return element;
}

/** A canvas that fills its parent; `paint(context, width, height)` is called in CSS pixels, once a frame at most. */
function fitted(parent, className, paint) {
  const canvas = make(parent, "canvas", className);
  let wanted = false;
  const redraw = () => {
    if (wanted) return;
    wanted = true;
    // A hidden tab gets no animation frames; it is painted when it is shown again.
    requestAnimationFrame(() => {
      wanted = false;
      const width = parent.clientWidth, height = parent.clientHeight;
      if (!width || !height) return; // not laid out yet: the ResizeObserver calls again
      const ratio = window.devicePixelRatio || 1;
      const across = Math.round(width * ratio), down = Math.round(height * ratio);
      if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
      const context = canvas.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      paint(context, width, height);
    });
  };
  const observer = new ResizeObserver(redraw);
  observer.observe(parent);
  return { canvas, redraw, stop: () => observer.disconnect() };
}
