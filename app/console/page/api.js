// The node's API. At most two requests at a time: the node keeps few threads for us.

const tokenKey = "troupe-token";
const atOnceMax = 2;
const patienceMs = 15_000;

let busy = 0;
const waiting = [];
let askToken = null;
let asking = null;
const listeners = [];

export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/// `ask(again)` returns a promise of the token; `again` says that the last one was wrong.
export function whoAsksForToken(ask) {
  askToken = ask;
}

/// Called with true or false: does the node answer?
export function onContact(listener) {
  listeners.push(listener);
}

export const get = (path, words = {}) => call("GET", path + query(words));
export const post = (path, body = {}) => call("POST", path, body);

/// An actor's path or a name that may hold slashes, as the rest of a URL's path.
export const inPath = (text) => text.split("/").map(encodeURIComponent).join("/");

function query(words) {
  const given = Object.entries(words).filter(([, v]) => v !== "" && v !== null && v !== undefined);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

async function call(method, path, body) {
  await turn();
  try {
    for (;;) {
      const token = sessionStorage.getItem(tokenKey);
      const answer = await send(method, path, body, token);
      if (answer.status !== 401)
        return await read(answer);
      await newToken(token);
    }
  } finally {
    --busy;
    waiting.shift()?.();
  }
}

async function turn() {
  while (busy >= atOnceMax)
    await new Promise((go) => waiting.push(go));
  ++busy;
}

async function send(method, path, body, token) {
  const headers = {Accept: "application/json"};
  if (token)
    headers.Authorization = `Bearer ${token}`;
  if (method !== "GET") {
    headers["Content-Type"] = "application/json";
    headers["X-Troupe-Request"] = "console"; // no form can send it
  }
  try {
    const answer = await fetch(path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store", credentials: "omit", redirect: "error", signal: AbortSignal.timeout(patienceMs),
    });
    tell(true);
    return answer;
  } catch {
    tell(false);
    throw new ApiError(0, "unreachable", "The node does not answer");
  }
}

async function read(answer) {
  let said = null;
  try {
    said = await answer.json();
  } catch {
    throw new ApiError(answer.status, "malformed", `Status ${answer.status}, and no JSON`);
  }
  if (!answer.ok)
    throw new ApiError(answer.status, said?.error?.code ?? "", said?.error?.message ?? `Status ${answer.status}`);
  return said;
}

/// One dialog, however many requests were refused.
async function newToken(refused) {
  if ((sessionStorage.getItem(tokenKey) ?? "") !== (refused ?? ""))
    return;
  asking ??= askToken(Boolean(refused)).then((token) => sessionStorage.setItem(tokenKey, token));
  try {
    await asking;
  } finally {
    asking = null;
  }
}

const tell = (there) => listeners.forEach((listener) => listener(there));
