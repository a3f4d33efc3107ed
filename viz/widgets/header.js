// Month, sentence, numbers; tells Python which frame was drawn, and whether anybody looks.

const THEME = "double-bind-theme";

export default {
  render({ model, el }) {
    el.classList.add("db-header");
    const month = make(el, "h1", "db-month");
    month.dataset.testid = "month";
    const line = make(el, "p", "db-line");
    line.dataset.testid = "story";
    line.setAttribute("role", "status");
    const list = make(el, "dl", "db-figures");

    const draw = () => {
      month.textContent = model.get("month");
      line.textContent = model.get("line");
      el.dataset.tone = model.get("tone");
      const wanted = model.get("figures");
      while (list.children.length > wanted.length) list.lastChild.remove();
      wanted.forEach(([label, value], place) => {
        const box = list.children[place] ?? make(list, "div", "db-figure");
        if (!box.children.length) { make(box, "dd", ""); make(box, "dt", ""); }
        box.children[0].textContent = value;
        box.children[1].textContent = label;
      });
      const frame = model.get("frame");
      const acknowledge = () => { model.set("ack", frame); model.save_changes(); };
      // Without a timer a tab in the background would never answer.
      document.hidden ? setTimeout(acknowledge, 50) : requestAnimationFrame(acknowledge);
    };
    const look = () => { model.set("hidden", document.hidden); model.save_changes(); };

    const keep = () => localStorage.setItem(THEME, model.get("chosen"));

    model.on("change:frame", draw);
    document.addEventListener("visibilitychange", look);
    const kept = localStorage.getItem(THEME); // what was chosen last time goes before what the system asks for
    model.set("prefers_dark", kept ? kept === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches);
    model.save_changes();
    model.on("change:chosen", keep);
    draw(); // the first frame is often here before the view: it must be acknowledged too
    return () => {
      model.off("change:frame", draw);
      model.off("change:chosen", keep);
      document.removeEventListener("visibilitychange", look);
    };
  },
};
