export type Theme = "system" | "light" | "dark";

const KEY = "fathom-theme";
const ORDER: readonly Theme[] = ["system", "light", "dark"];

/** System, light or dark; index.html reads the same key before the first paint. */
export class ThemeState {
  theme = $state<Theme>(stored());

  next(): void {
    this.theme = ORDER[(ORDER.indexOf(this.theme) + 1) % ORDER.length] ?? "system";
    const root = document.documentElement;
    if (this.theme === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = this.theme;
    try {
      if (this.theme === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, this.theme);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }
}

function stored(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}
