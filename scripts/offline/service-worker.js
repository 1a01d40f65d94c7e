/* Keeps the built page at hand, so that it opens without a network. The build fills in VERSION and FILES. */
const VERSION = "__VERSION__";
const FILES = __FILES__;
const PREFIX = "fathom-";
const CACHE = PREFIX + VERSION;

// A new build waits until the tabs of the old one are closed: none of them loses the parts it has yet to load.
self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })))),
  );
});

self.addEventListener("activate", (event) => {
  const tidy = caches
    .keys()
    .then((names) =>
      Promise.all(
        names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
      ),
    );
  event.waitUntil(tidy.then(() => self.clients.claim()));
});

// The page, and what carries no hash in its name, comes from the network while there is one: a new build is seen
// at once, and never with parts of another. Without a network the kept page opens with the files it was kept with.
async function fromNetwork(request, kept) {
  try {
    return await fetch(request);
  } catch (error) {
    const answer = await caches.match(kept, { cacheName: CACHE });
    if (answer) return answer;
    throw error;
  }
}

// A file with its hash in its name never goes stale. Large ones are kept once they were asked for.
async function fromCache(request) {
  const kept = await caches.match(request, { cacheName: CACHE });
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.status === 200 && fresh.type === "basic") {
    const cache = await caches.open(CACHE);
    await cache.put(request, fresh.clone()).catch(() => undefined);
  }
  return fresh;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fromNetwork(request, "./"));
  else if (pathname.includes("/assets/")) event.respondWith(fromCache(request));
  else event.respondWith(fromNetwork(request, request));
});
