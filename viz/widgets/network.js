// Savers as pixels written straight into an image (20 000 cost about a millisecond), the rest drawn above them.

const OFFICES = ["Congress", "Treasury", "Labor", "SEC"];
const KEYS = {
  holdings: [["grey", "no crypto"], ["category-4", "through a sleeve"], ["plus", "by own choice"]],
  losses: [["grey", "not exposed"], ["muted", "no loss"], ["minus", "60 % below the high-water mark or more"]],
};
const RING = "ring: without an employer; squares: asset managers, filled with a crypto sleeve";

/** "#rrggbb" as [r, g, b]. */
const rgb = (hex) => [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16));
const mixed = (a, b, share) => a.map((value, place) => Math.round(value + (b[place] - value) * share));

/** 256 colours as little-endian ABGR words, one for each byte that Python may send. */
function table(tint, mode) {
  const found = new Uint32Array(256), panel = rgb(tint.panel);
  const ramp = (first, last, from, to) => {
    for (let byte = first; byte <= last; byte++) {
      const [r, g, b] = mixed(from, to, (byte - first) / Math.max(last - first, 1));
      found[byte] = (255 << 24) | (b << 16) | (g << 8) | r;
    }
  };
  ramp(0, 0, mixed(panel, rgb(tint.grey), 0.55), panel);
  if (mode === "holdings") {
    ramp(1, 127, mixed(panel, rgb(tint.categories[3]), 0.65), rgb(tint.categories[3]));
    ramp(128, 255, mixed(panel, rgb(tint.plus), 0.8), rgb(tint.plus)); // few and small: they must be seen
  } else {
    ramp(1, 1, rgb(tint.muted), panel);
    ramp(2, 255, mixed(panel, rgb(tint.minus), 0.5), rgb(tint.minus)); // a first loss is seen at once
  }
  return found;
}

export default {
  render({ model, el }) {
    el.classList.add("db-network");
    el.dataset.testid = "network";
    const head = make(el, "div", "db-network-head");
    const title = make(head, "h2", "db-title");
    const modes = make(head, "div", "db-modes");
    modes.setAttribute("role", "group");
    modes.setAttribute("aria-label", "What the pixels show");
    const buttons = Object.keys(KEYS).map((mode) => {
      const button = make(modes, "button", "", mode);
      button.type = "button";
      button.dataset.testid = "mode-" + mode;
      button.onclick = () => { model.set("mode", mode); model.save_changes(); };
      return [mode, button];
    });
    const box = make(el, "div", "db-canvas");
    const key = make(el, "div", "db-key");
    const foot = make(el, "p", "db-inspected");
    foot.dataset.testid = "inspected";
    const view = fitted(box, "", paint);
    view.canvas.setAttribute("role", "img");
    let savers, employers, managers, links, rows, places = [], fit = null;

    function read() {
      savers = numbers(Uint16Array, model.get("savers"));
      employers = numbers(Uint16Array, model.get("employers"));
      managers = numbers(Uint16Array, model.get("managers"));
      links = numbers(Int32Array, model.get("links"));
      rows = numbers(Int32Array, model.get("rows"));
      places = [];
      view.redraw();
    }

    /** How the picture lies in a box of this size: [scale, left, top] in CSS pixels. */
    function fitting(width, height) {
      const across = Math.min(width, height * model.get("aspect"));
      return [across / 65535, (width - across) / 2, (height - across / model.get("aspect")) / 2];
    }

    function paint(context, width, height) {
      const tint = colours(el), values = numbers(Uint8Array, model.get("values"));
      const ratio = context.canvas.width / width, shown = savers.length / 2;
      el.classList.toggle("db-empty", !shown);
      if (!shown) return note(context, el, model.get("notice"), width, height);
      fit = fitting(width, height);
      const [scale, left, top] = fit;
      const point = (pairs, place) => [left + pairs[2 * place] * scale, top + pairs[2 * place + 1] * scale];
      const image = context.createImageData(context.canvas.width, context.canvas.height);
      const words = new Uint32Array(image.data.buffer), tints = table(tint, model.get("mode"));
      // One saver is a square that leaves a gap to its neighbours, of device pixels.
      const side = Math.max(1, Math.min(12, Math.round(model.get("spacing") * scale * ratio * 0.78)));
      for (let saver = 0; saver < shown; saver++) {
        const colour = tints[values[saver] ?? 0];
        const x = Math.round((left + savers[2 * saver] * scale) * ratio - side / 2);
        const y = Math.round((top + savers[2 * saver + 1] * scale) * ratio - side / 2);
        if (x < 0 || y < 0 || x + side > image.width || y + side > image.height) continue;
        for (let row = y; row < y + side; row++)
          words.fill(colour, row * image.width + x, row * image.width + x + side);
      }
      context.putImageData(image, 0, 0);
      drawLinks(context, tint, point);
      drawOffices(context, tint);
      drawClicked(context, tint, point);
    }

    function drawLinks(context, tint, point) {
      const sleeves = numbers(Uint8Array, model.get("sleeves"));
      context.lineWidth = 0.7;
      for (let employer = 0; employer < links.length; employer++) {
        if (links[employer] < 0) continue;
        context.strokeStyle = tint.muted;
        context.globalAlpha = sleeves[links[employer]] ? 0.3 : 0.12;
        context.beginPath();
        context.moveTo(...point(managers, links[employer]));
        context.lineTo(...point(employers, employer));
        context.stroke();
      }
      context.globalAlpha = 1;
      const half = Math.max(3, Math.min(6, 65535 * fit[0] / 125));
      for (let manager = 0; manager < managers.length / 2; manager++) {
        const [x, y] = point(managers, manager);
        context.fillStyle = sleeves[manager] ? tint.categories[3] : tint.panel;
        context.strokeStyle = tint.text;
        context.lineWidth = 1.4;
        context.fillRect(x - half, y - half, 2 * half, 2 * half);
        context.strokeRect(x - half, y - half, 2 * half, 2 * half);
      }
    }

    function drawOffices(context, tint) {
      if (!employers.length) return;
      context.textAlign = "center";
      context.textBaseline = "middle";
      const [scale, left, top] = fit;
      const size = Math.max(8, Math.min(14, (65535 * scale) / 50));
      context.font = `600 ${size}px ${getComputedStyle(el).fontFamily}`;
      const x = left + 65535 * scale / 2, y = top + (65535 / model.get("aspect")) * scale / 2;
      OFFICES.forEach((office, place) => {
        const line = y + (place - (OFFICES.length - 1) / 2) * size * 1.45;
        const half = context.measureText(office).width / 2 + 4;
        context.fillStyle = tint.panel;
        context.fillRect(x - half, line - size * 0.7, 2 * half, size * 1.4);
        context.fillStyle = tint.text;
        context.fillText(office, x, line);
      });
    }

    function drawClicked(context, tint, point) {
      const place = rows.indexOf(model.get("clicked"));
      if (place < 0) return;
      const [x, y] = point(savers, place);
      context.strokeStyle = tint.event;
      context.lineWidth = 2.5;
      context.beginPath();
      context.arc(x, y, 8, 0, 2 * Math.PI);
      context.stroke();
    }

    function words() {
      const mode = model.get("mode");
      title.textContent = model.get("title");
      make(title, "small", "", "click one to open it");
      buttons.forEach(([name, button]) => button.setAttribute("aria-pressed", String(name === mode)));
      key.replaceChildren();
      for (const [colour, text] of KEYS[mode])
        make(key, "span", "", text).style.setProperty("--dot", `var(--${colour})`);
      make(key, "span", "db-plain", RING);
      foot.textContent = model.get("inspected");
      view.canvas.setAttribute("aria-label", `${model.get("title")}, ${mode}. ${model.get("inspected")}`);
      view.redraw();
    }

    view.canvas.addEventListener("click", (event) => {
      let nearest = -1, least = 12 ** 2;
      for (let saver = 0; saver < savers.length / 2; saver++) {
        const across = fit[1] + savers[2 * saver] * fit[0] - event.offsetX;
        const down = fit[2] + savers[2 * saver + 1] * fit[0] - event.offsetY;
        if (across * across + down * down < least) [least, nearest] = [across * across + down * down, saver];
      }
      model.set("clicked", nearest < 0 ? -1 : rows[nearest]);
      model.save_changes();
    });
    const layout = "change:savers change:employers change:managers change:links change:rows";
    const texts = "change:mode change:inspected change:title change:clicked change:notice";
    const pixels = "change:values change:sleeves";
    model.on(layout, read);
    model.on(texts, words);
    model.on(pixels, view.redraw);
    const stopTheme = onTheme(el, view.redraw);
    read();
    words();
    return () => {
      model.off(layout, read);
      model.off(texts, words);
      model.off(pixels, view.redraw);
      stopTheme();
      view.stop();
    };
  },
};
