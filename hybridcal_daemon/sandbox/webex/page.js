"use strict";
const styles = {
  long: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  short: { hour: "2-digit", minute: "2-digit" },
};

function localise(root) {
  for (const time of root.querySelectorAll("time")) {
    time.textContent = new Date(time.dateTime).toLocaleString([], styles[time.dataset.style]);
  }
}

function replaced(old, fresh) {
  if (old.dataset.was === fresh.innerHTML) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  old.dataset.was = fresh.innerHTML;
  old.innerHTML = fresh.innerHTML;
  localise(old);
  if (focused) [...old.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
}

async function follow() {
  if (document.hidden || !document.getElementById("follow").checked) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["main", "nav", "#now"]) {
      replaced(document.querySelector(part), fresh.querySelector(part));
    }
  } catch {
    document.getElementById("now").textContent = "The stand-in does not answer.";
    document.getElementById("now").dataset.was = "";
  }
}

for (const part of document.querySelectorAll("main, nav, #now")) part.dataset.was = part.innerHTML;
localise(document);
setInterval(follow, 2000);
