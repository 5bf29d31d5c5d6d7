/* The web chat's page: shows what the server tells, sends what the person does, decides nothing.
   Whatever anybody typed is put in as text, never as markup. Works by relative addresses only. */
"use strict";
(() => {
const $ = (id) => document.getElementById(id);
const on = (id, event, act) => $(id).addEventListener(event, act);
const words = JSON.parse(document.body.dataset.words);
const zone = document.body.dataset.zone;
const lang = document.documentElement.lang;
const PRIVATE = "me", KEPT = location.pathname, LONGEST_SIDE = 1600;
const RETRY = 5000, PATIENCE = 10000, FOR_A_PHOTO = 60000; // milliseconds
const SILENCE = 40000; // the server speaks every 15 seconds, see KEEP_ALIVE of web/streams.py

const say = (key, blanks = {}) =>
  words[key].replace(/\{(\w+)\}/g, (whole, name) => (name in blanks ? blanks[name] : whole));

function make(tag, props = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter((child) => child !== null));
  return node;
}

/* What this browser keeps for itself; private windows may refuse. */
function kept(name, value) {
  try {
    if (value === undefined) return JSON.parse(localStorage.getItem(KEPT + name));
    localStorage.setItem(KEPT + name, JSON.stringify(value));
  } catch { /* then it is forgotten with the page */ }
  return null;
}

const later = (a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0); // of long numbers
const uuid = () => {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
};

/* --- rooms */

const rooms = new Map(); // by id; a room that is stuck stays at its end, whatever comes
const seen = kept("seen") || {};
const drafts = kept("drafts") || {}; // by room
let here = null, quoted = null, photo = null, heard = "";

function addRoom({ room: id, name }) {
  const log = make("div", { className: "log", hidden: true, tabIndex: 0 });
  log.setAttribute("role", "log");
  log.setAttribute("aria-live", "off"); // polite once the history is in
  log.dataset.empty = say(id === PRIVATE ? "empty.private" : "empty.group");
  log.setAttribute("aria-label", say("log", { room: name }));
  log.addEventListener("scroll", () => {
    if (log.hidden) return;
    room.stuck = atEnd(log);
    if (room.stuck) $("newer").hidden = true;
  });
  const tab = make("button", { type: "button" });
  tab.addEventListener("click", () => enter(room));
  $("rooms").append(make("li", {}, tab));
  $("logs").append(log);
  const older = make("button", { type: "button", className: "older", textContent: say("page.older") });
  older.dataset.id = "0"; // stands before every message
  older.addEventListener("click", () => lookBack(room));
  const room = { id, name, log, tab, older, messages: new Map(), unread: new Set(), stuck: true };
  room.draft = { ...NOTHING, ...drafts[id] };
  rooms.set(id, room);
  label(room);
}

function showRooms(list) {
  const names = new Set(list.map((each) => each.room));
  for (const room of rooms.values()) {
    if (names.has(room.id)) continue;
    room.tab.parentNode.remove();
    room.log.remove();
    rooms.delete(room.id);
  }
  list.filter((each) => !rooms.has(each.room)).forEach(addRoom);
  if (!here || !rooms.has(here.id)) enter(rooms.get(kept("room")) || rooms.get(PRIVATE), false);
}

function label(room) {
  const count = room.unread.size;
  room.tab.replaceChildren(room.name, ...(count ? [make("b", { textContent: count > 99 ? "99+" : count })] : []));
  room.tab.setAttribute("aria-label", count ? say("room.unread", { room: room.name, count }) : room.name);
  if (room === here) room.tab.setAttribute("aria-current", "true");
  else room.tab.removeAttribute("aria-current");
}

function enter(room, focus = true) {
  const before = here, written = draft();
  here = room;
  for (const each of rooms.values()) each.log.hidden = each !== room;
  kept("room", room.id);
  if (before) label(before);
  compose(before ? room.draft : both(room.draft, written)); // some write faster than the rooms come
  $("text").placeholder = say("write.to", { room: room.name });
  $("text").setAttribute("aria-label", $("text").placeholder);
  room.stuck = true;
  stay();
  if (heard) invite();
  label(room);
  read(room);
  const tab = room.tab.getBoundingClientRect(), bar = $("rooms").getBoundingClientRect();
  $("rooms").scrollLeft += Math.min(0, tab.left - bar.left) + Math.max(0, tab.right - bar.right);
  if (focus && matchMedia("(hover: hover)").matches) $("text").focus();
}

function read(room) {
  if (document.hidden) return;
  room.unread.clear();
  if (room.last) { seen[room.id] = room.last; kept("seen", seen); }
  label(room);
}

const invite = () => { $("start").hidden = here.id !== PRIVATE || here.log.hasChildNodes(); };
const atEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
const toEnd = (log) => { log.scrollTop = log.scrollHeight; $("newer").hidden = true; };
const stay = (otherwise) => {
  if (here && here.stuck) toEnd(here.log);
  else if (otherwise) $(otherwise).hidden = false;
};

/* --- messages */

function when(at) {
  const date = new Date(at), day = { timeZone: zone, month: "short", day: "numeric" };
  const time = { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const today = date.toLocaleDateString(lang, day) === new Date().toLocaleDateString(lang, day);
  return date.toLocaleString(lang, today ? time : { ...day, ...time });
}

const author = (m) => (m.from === "bot" ? say("message.bot")
  : m.from === "me" ? say("message.you") : m.name || say("message.neighbour"));

/* Addresses in what the bot says lead there; what neighbours write stays words. */
const ADDRESS = /(https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]*[\w\-~/#=&])/;
const linked = (words) => words.split(ADDRESS).map((part, n) =>
  (n % 2 ? make("a", { href: part, target: "_blank", rel: "noopener", textContent: part }) : part));

function bubble(m, name) {
  const text = make("p", {}, ...m.spans.filter((s) => s[0]).flatMap(([words, bold]) => {
    const parts = m.from === "bot" ? linked(words) : [words];
    return bold ? make("strong", {}, ...parts) : parts;
  }));
  return make("div", { className: "bubble" },
    m.quoted ? make("blockquote", { textContent: m.quoted }) : null,
    m.photo ? picture(m, name) : null,
    text.childNodes.length ? text : null,
    m.place ? make("p", { className: "place", textContent: `${say("message.place")} · ${m.place}` }) : null);
}

function picture(m, name) {
  const image = make("img", { src: m.photo, alt: m.alt || say("message.photo_by", { name }) });
  image.addEventListener("load", () => stay());
  const className = m.alt ? "picture drawn" : "picture";
  return make("a", { href: m.photo, target: "_blank", rel: "noopener", className }, image);
}

function article(m) {
  const name = author(m), node = make("article", { className: m.from, tabIndex: -1 });
  node.dataset.id = m.id;
  const buttons = make("div", { className: "buttons" }, ...m.buttons.map(([label, key]) => {
    const button = make("button", { type: "button", textContent: label });
    button.addEventListener("click", () => press(m, key, button));
    return button;
  }));
  node.append(
    make("header", {}, make("span", { className: "name", textContent: name }),
      make("time", { dateTime: m.at, textContent: when(m.at) })),
    bubble(m, name),
    ...(m.room === PRIVATE || m.from === "me" ? [] : [replyButton(m, name)]),
    ...(m.buttons.length ? [buttons] : []));
  return node;
}

function replyButton(m, name) {
  const reply = make("button", { type: "button", textContent: say("message.reply"), className: m.asks ? "reply asks" : "reply" });
  reply.setAttribute("aria-label", say("message.reply_to", { name }));
  reply.addEventListener("click", () => { quote(m); $("text").focus(); });
  return reply;
}

function put(m) {
  const room = rooms.get(m.room);
  if (!room) return;
  const known = room.messages.has(m.id);
  if (m.from === "me" && !known) room.stuck = true;
  if (!write(room, m)) return;
  if (!known) count(room, m);
  if (room === here) stay(known ? "" : "newer");
}

/* Whether there was anything to write: it is new here, or has changed. */
function write(room, m) {
  const known = room.messages.get(m.id);
  if (known && later(known.version, m.version) >= 0) return false;
  room.messages.set(m.id, m);
  const node = article(m);
  if (!known) place(room, m, node);
  else {
    const focused = known.node.contains(document.activeElement);
    known.node.replaceWith(node);
    if (focused) node.focus(); // not on a button: it may be another one now
  }
  m.node = node;
  if (m.said) settle(m.said);
  return true;
}

function place(room, m, node) {
  let after = room.log.lastElementChild;
  while (after && (!after.dataset.id || later(after.dataset.id, m.id) > 0)) after = after.previousElementSibling;
  if (after) after.after(node); else room.log.prepend(node);
  if (!room.last || later(m.id, room.last) > 0) room.last = m.id;
}

function count(room, m) {
  if (m.from !== "me" && room.id in seen && later(m.id, seen[room.id]) > 0) room.unread.add(m.id);
}

function hear(event) {
  const told = JSON.parse(event.data);
  heard = event.lastEventId;
  if (told.rooms) showRooms(told.rooms);
  for (const room of rooms.values()) if (told.older.includes(room.id)) room.log.prepend(room.older);
  told.messages.forEach(put);
  waiting.forEach((each) => { if (each.lost) giveBack(each, say("message.photo_lost")); });
  flush();
  for (const room of rooms.values()) {
    if (!(room.id in seen)) { seen[room.id] = room.last || "0"; kept("seen", seen); }
    if (room === here) read(room); else label(room);
    aloud(room);
  }
  invite();
}

/* The page has all that is not older than the oldest it has. What is read stays where it is. */
async function lookBack(room) {
  const { log, older, messages } = room;
  if (older.getAttribute("aria-busy") === "true") return;
  older.setAttribute("aria-busy", "true");
  try {
    const before = [...messages.values()].map((m) => m.version).sort(later)[0];
    const told = await ask(`older?room=${encodeURIComponent(room.id)}&before=${before}`);
    const below = log.scrollHeight - log.scrollTop;
    const focused = document.activeElement === older;
    log.setAttribute("aria-live", "off"); // or all of it would be read aloud
    told.messages.forEach((m) => write(room, m));
    if (!told.more) older.remove();
    log.scrollTop = log.scrollHeight - below;
    if (focused && !told.more) log.firstElementChild.focus({ preventScroll: true });
    aloud(room);
  } catch (error) {
    tell(error.say || say("error.unavailable"), true);
  }
  older.removeAttribute("aria-busy");
}

const aloud = (room) => setTimeout(() => room.log.setAttribute("aria-live", "polite"), 500);

/* --- the line to the server */

let line = null, broken = false, over = "", silent = 0;

function lost() {
  if (broken || over) return;
  broken = true;
  tell(standing());
}

function connect() {
  if (line) line.close();
  clearTimeout(silent);
  if (document.hidden || over) return;
  line = new EventSource("events?after=" + encodeURIComponent(heard));
  alive();
  line.addEventListener("here", alive);
  line.addEventListener("message", (event) => { alive(); hear(event); });
  line.addEventListener("open", () => {
    alive();
    const again = broken;
    broken = false;
    if (again) tell(say("state.online"), true);
    flush();
  });
  line.addEventListener("error", () => {
    lost();
    if (line.readyState === EventSource.CLOSED) refused();
  });
}

/* A line can be dead without a word. */
function alive() {
  clearTimeout(silent);
  silent = setTimeout(() => { lost(); connect(); }, SILENCE);
}

/* A line says not why it was refused; if nobody knows us any more, asking again is no use. */
async function refused() {
  await ask(`older?room=${PRIVATE}&before=0`).catch(() => null);
  setTimeout(connect, RETRY);
}

function end(why) {
  over = why;
  connect();
  tell(why);
}

/* A hidden page lets go of its line: browsers allow six to one server, and batteries end. */
document.addEventListener("visibilitychange", () => {
  connect();
  if (here) read(here);
});

let quiet = 0;
const standing = () => over || (broken ? say("state.offline") : "");
function tell(sentence, passing = false) {
  clearTimeout(quiet);
  if ($("state").textContent !== sentence) $("state").textContent = sentence;
  if (passing) quiet = setTimeout(() => tell(standing()), 8000);
}

async function ask(address, options = {}, patience = PATIENCE) {
  const headers = { "Accept-Language": lang, ...options.headers };
  const stop = new AbortController();
  setTimeout(() => stop.abort(), patience);
  const answer = await fetch(address, { ...options, headers, signal: stop.signal });
  const told = await answer.json().catch(() => ({ say: say("error.unavailable") }));
  if (answer.status >= 500) throw new TypeError("unavailable");
  if (answer.status === 401) end(told.say);
  if (!answer.ok) throw Object.assign(new Error(told.error), { say: told.say });
  return told;
}

const post = (address, body) => (body instanceof FormData
  ? ask(address, { method: "POST", body }, FOR_A_PHOTO)
  : ask(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));

/* --- saying something */

const waiting = new Map((kept("waiting") || []).map((each) => [each.id, each]));
const keepWaiting = () => kept("waiting", [...waiting.values()].filter((each) => !each.sent)
  .map(({ id, room, text, place, quoted, photo: its, lost }) => ({ id, room, text, place, quoted, lost: lost || Boolean(its) })));
let sending = false, again = 0;

function showWaiting(each) {
  const room = rooms.get(each.room);
  if (!room || each.node) return;
  const retry = make("button", { type: "button", textContent: say("message.retry"), hidden: true });
  retry.addEventListener("click", flush);
  each.note = make("span", { textContent: over || say("message.sending") });
  each.retry = retry;
  each.node = make("article", { className: "me waiting" },
    make("header", {}, each.note, retry),
    bubble({ ...each, from: "me", spans: [[each.text, false]], quoted: "", photo: each.photo && each.photo.shown }, say("message.you")));
  room.log.append(each.node);
  invite();
  room.stuck = true;
  stay();
}

function settle(id) {
  const each = waiting.get(id);
  if (!each) return;
  if (each.node) each.node.remove();
  waiting.delete(id);
  keepWaiting();
}

/* One after the other, as they were said: what has to wait lets none of the others pass. */
function flush() {
  if (!here) return;
  waiting.forEach(showWaiting);
  const next = [...waiting.values()].find((each) => !each.sent);
  if (next && !sending && !over) send(next);
}

function packed({ id, room, text, place, quoted: about, photo: its }) {
  const body = { id, room, text, place, quoted: about ? about.id : null };
  if (!its) return body;
  const form = new FormData();
  Object.entries(body).forEach(([name, value]) => value !== null && form.append(name, value));
  form.append("photo", its.file, "photo");
  return form;
}

async function send(each) {
  sending = true;
  try {
    await post(each.photo ? "photos" : "messages", packed(each));
    each.sent = true; // it stands in the room as soon as the line brings it
    keepWaiting();
    setTimeout(() => { if (waiting.has(each.id)) connect(); }, RETRY);
  } catch (error) {
    if (over || !error.say || error.message === "too_fast") notYet(each, error);
    else giveBack(error.message === "gone" ? { ...each, quoted: null } : each, error.say);
  }
  sending = false;
  if (each.sent || !waiting.has(each.id)) flush();
}

function notYet(each, error) {
  if (each.node) {
    each.note.textContent = over || say(error.say ? "message.too_fast" : "message.failed");
    each.retry.hidden = Boolean(over);
    stay();
  }
  clearTimeout(again);
  again = setTimeout(flush, RETRY);
}

/* The server will not have it as it is: the words go back to where they can be changed. */
function giveBack(each, why) {
  const room = rooms.get(each.room) || rooms.get(PRIVATE);
  settle(each.id);
  if (room === here) compose(both({ ...each, why }, draft()));
  else keepDraft(room, both({ ...each, why }, room.draft));
}

function speak(text, more) {
  const each = { id: uuid(), room: here.id, text, place: "", quoted: null, photo: null, ...more };
  waiting.set(each.id, each);
  keepWaiting();
  flush();
}

on("composer", "submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim(), place = $("place").value.trim();
  if (here && (text || place || photo)) {
    speak(text, { place, quoted, photo });
    compose();
    tray(false);
  }
  $("text").focus();
});

/* What stands below belongs to one room: nothing begun in private goes to a group by mistake. */
const NOTHING = { text: "", place: "", photo: null, quoted: null, why: "" };
const draft = () => ({ ...NOTHING, text: $("text").value, place: $("place").value, photo, quoted });
const both = (older, newer) => ({
  text: [older.text, newer.text].filter(Boolean).join("\n"),
  place: older.place || newer.place,
  photo: older.photo || newer.photo,
  quoted: older.quoted || newer.quoted,
  why: older.why || newer.why || "",
});

function keepDraft(room = here, written = draft()) {
  if (!room) return;
  room.draft = written;
  const { text, place, quoted: about, photo: its, why } = written;
  drafts[room.id] = { text, place, quoted: about, why: its ? say("message.photo_lost") : why };
  if (!(text || place || about || its)) delete drafts[room.id];
  kept("drafts", drafts);
}

function compose(written = NOTHING) {
  $("text").value = written.text;
  $("place").value = written.place;
  photo = written.photo;
  quoted = written.quoted;
  showPhoto();
  showQuote();
  grow();
  keepDraft();
  tell(written.why || standing());
}
on("composer", "input", () => keepDraft());

on("start", "click", () => { $("start").hidden = true; speak("/start", {}); });

on("text", "keydown", (event) => {
  if (event.key === "Escape") quote(null);
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  $("composer").requestSubmit();
});

function grow() {
  $("text").style.height = "";
  $("text").style.height = `${$("text").scrollHeight + 2}px`;
}
on("text", "input", grow);

function quote(m) {
  quoted = m && { id: m.id, from: m.from, name: m.name, spans: m.spans };
  showQuote();
  keepDraft();
}

function showQuote() {
  $("quote").hidden = !quoted;
  if (quoted) $("quote").firstElementChild.textContent =
    `${say("write.quoting", { name: author(quoted) })}：${quoted.spans.map((span) => span[0]).join("")}`;
}
on("drop-quote", "click", () => { quote(null); $("text").focus(); });

async function press(m, key, button) {
  const all = button.parentNode;
  if (all.getAttribute("aria-busy") === "true") return;
  all.setAttribute("aria-busy", "true");
  try {
    await post("presses", { id: uuid(), message: m.id, button: key });
  } catch (error) {
    tell(error.say || say("error.unavailable"), true);
  }
  all.removeAttribute("aria-busy");
}

/* --- photo and place */

function tray(open) {
  $("tray").hidden = !open;
  $("more").setAttribute("aria-expanded", open);
}
on("more", "click", () => tray($("tray").hidden));

/* Smaller, upright, and without what a camera writes into its files, such as where it was. */
async function shrink(file) {
  const image = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
  const canvas = make("canvas", { width: image.width * scale, height: image.height * scale });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
}

async function choose(file) {
  try {
    const small = await shrink(file);
    if (small.size > Number(document.body.dataset.photoBytes)) return tell(say("error.too_big"), true);
    photo = { file: small, shown: URL.createObjectURL(small) };
    showPhoto();
    keepDraft();
    tell(standing());
  } catch { tell(say("error.not_photo"), true); }
  return null;
}

function showPhoto() {
  $("preview").hidden = !photo;
  if (photo) $("preview").firstElementChild.src = photo.shown;
  else $("preview").firstElementChild.removeAttribute("src");
}

on("photo", "change", async () => {
  const [file] = $("photo").files;
  if (file) await choose(file);
  $("photo").value = "";
  $("text").focus();
});
on("drop-photo", "click", () => { photo = null; showPhoto(); keepDraft(); $("text").focus(); });
on("locate", "click", () => {
  const failed = () => tell(say("error.place"), true);
  if (!navigator.geolocation) { failed(); return; }
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    $("place").value = `${coords.latitude.toFixed(5)},${coords.longitude.toFixed(5)}`;
    keepDraft();
  }, failed, { timeout: 10000 });
});

/* --- settings */

function large(on) {
  document.documentElement.classList.toggle("large", on);
  $("large").setAttribute("aria-pressed", on);
  grow();
}
on("large", "click", () => {
  const on = $("large").getAttribute("aria-pressed") !== "true";
  kept("large", on);
  large(on);
});

on("open-settings", "click", () => {
  const open = $("settings").hidden;
  $("settings").hidden = !open;
  $("open-settings").setAttribute("aria-expanded", open);
  if (open) $("name").focus();
});

async function change(address, body, then) {
  try { then(await post(address, body)); } catch (error) { tell(error.say || say("error.unavailable"), true); }
}
on("name-form", "submit", (event) => {
  event.preventDefault();
  change("name", { name: $("name").value }, () => { tell(say("state.saved"), true); $("open-settings").click(); $("open-settings").focus(); });
});
document.querySelectorAll("[data-language]").forEach((button) => button.addEventListener("click", () =>
  change("language", { language: button.dataset.language }, () => location.reload())));

on("newer", "click", () => toEnd(here.log));
addEventListener("offline", lost);
addEventListener("online", connect);
new ResizeObserver(() => stay()).observe($("logs"));
large(Boolean(kept("large")));
connect();
})();
