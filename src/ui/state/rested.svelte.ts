import { untrack } from "svelte";

const REST_MS = 150;

/** The newest value that has stood for a moment: for what nobody looks at while they edit. Called as a component starts. */
export function rested<T>(read: () => T): { readonly current: T } {
  let value = $state.raw(untrack(read));
  $effect(() => {
    const next = read();
    const timer = setTimeout(() => (value = next), REST_MS);
    return () => clearTimeout(timer);
  });
  return {
    get current() {
      return value;
    },
  };
}
