import { mount } from "svelte";
import "./ui/tokens.css";
import "./ui/base.css";
import App from "./App.svelte";
import { readAddress } from "./ui/state/address.ts";

const target = document.getElementById("app");
// the workers of a search need as long as the page: both start at once
if (readAddress(location.hash).view === "search") void import("./ui/panels/search/kept-search.ts");
if (target) mount(App, { target });

/** Long enough for a first answer and a first look: what is kept for later takes nothing from what is wanted now. */
const KEEP_AFTER_MS = 5000;
if (import.meta.env.PROD && "serviceWorker" in navigator) {
  setTimeout(() => void navigator.serviceWorker.register("./sw.js").catch(() => undefined), KEEP_AFTER_MS);
}
