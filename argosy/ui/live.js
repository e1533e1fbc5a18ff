"use strict";
// the way in, deeds, and what changes while one looks
(() => {
  const meta = (name) => document.querySelector(`meta[name=argosy-${name}]`)?.content ?? "";
  const say = (text) => { const place = document.getElementById("said"); if (place) place.textContent = text; };
  const secret = meta("secret"), watch = meta("watch");

  const send = async (path, body) => {
    const headers = { "Content-Type": "application/json", "X-Argosy-Secret": secret };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    const found = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error([found.error ?? answer.statusText, found.hint].filter(Boolean).join(": "));
    return found;
  };

  const enter = async () => {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (!token) return;
    history.replaceState(null, "", location.pathname);
    try { await send("/session", { token }); location.reload(); }
    catch (error) { document.getElementById("entry").textContent = `${error.message}`; }
  };
  if (!secret) { enter(); return; }
  if (location.hash.startsWith("#token=")) history.replaceState(null, "", location.pathname);

  const mlflow = async (button) => {
    say("starting MLflow's page…");
    const found = await send("/mlflow", {});
    if (!found.ready) { setTimeout(() => deed(button), 1000); return; }
    const link = document.createElement("a");
    Object.assign(link, { href: found.url, target: "_blank", rel: "noreferrer", className: "button" });
    link.textContent = "Open MLflow";
    say("");
    button.replaceWith(link);
    link.focus();
  };
  const deed = async (button) => {
    const { deed: kind, node } = button.dataset;
    if (["stop", "reject"].includes(kind) && !confirm(`${button.textContent}?`)) return;
    button.disabled = true;
    try {
      if (kind === "mlflow") { await mlflow(button); return; }
      const found = await send(`${location.pathname}/${kind}`, { node });
      say(found.said ?? "asked");
      button.disabled = false;
    } catch (error) { say(error.message); button.disabled = false; }
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-deed]");
    if (button) deed(button);
  });

  // what changed is put in place; what is open, found or looked at stays so
  const parts = (page) => page.querySelectorAll("main > section[id], .top .phase.pill, .top .deeds, nav.contents");
  const key = (part) => part.id || part.className;
  const old = new Map([...parts(document)].map((part) => [key(part), part.outerHTML]));
  const read = (path) => new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("GET", path);
    request.responseType = "document";
    request.onload = () => (request.status === 200 ? done(request.response) : failed(new Error(request.statusText)));
    request.onerror = () => failed(new Error("the server does not answer"));
    request.send();
  });
  const path = (part, element) => [...part.querySelectorAll("a, button, input, summary, [tabindex]")].indexOf(element);
  const put = (fresh) => {
    const here = [...parts(document)].find((part) => key(part) === key(fresh));
    if (!here) { location.reload(); return; }
    const open = [...here.querySelectorAll("details[open][id], tr[id]:has(details[open])")].map((one) => one.id);
    const scroll = [...here.querySelectorAll(".scroll, .rows")].map((one) => [one.scrollLeft, one.scrollTop]);
    const focus = here.contains(document.activeElement) ? path(here, document.activeElement) : -1;
    const next = document.importNode(fresh, true);
    here.replaceWith(next);
    next.querySelectorAll("details[open]").forEach((one) => { one.open = false; });
    open.forEach((id) => {
      const one = document.getElementById(id);
      (one?.matches("details") ? [one] : one?.querySelectorAll("details") ?? []).forEach((found) => { found.open = true; });
    });
    next.querySelectorAll(".scroll, .rows").forEach((one, n) => { if (scroll[n]) one.scrollTo(...scroll[n]); });
    if (focus >= 0) next.querySelectorAll("a, button, input, summary, [tabindex]")[focus]?.focus();
  };
  let busy = false, again = false;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const page = await read(location.pathname);
      if (page.querySelector("#entry")) { location.reload(); return; }
      if (page.querySelectorAll("main > section[id]").length !== document.querySelectorAll("main > section[id]").length) {
        location.reload();
        return;
      }
      for (const part of parts(page)) {
        if (old.get(key(part)) === part.outerHTML) continue;
        old.set(key(part), part.outerHTML);
        put(part);
      }
      document.title = page.title;
      window.argosy.refresh();
    } catch (error) { say(error.message); }
    busy = false;
    if (again) { again = false; setTimeout(refresh, 500); }
  };
  if (watch) {
    const events = new EventSource(`/events?run=${encodeURIComponent(watch)}`);
    events.onmessage = refresh;
    events.onopen = () => say("");
    events.onerror = () => say("Argosy's page was closed: argosy ui starts it again");
  }
})();
