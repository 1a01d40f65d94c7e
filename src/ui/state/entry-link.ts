/** An address that names no plan shows what it showed when it was first opened: back leads there again. */
export function linkOfEntry(): string | undefined {
  const state: unknown = window.history.state;
  if (typeof state !== "object" || state === null || !("plan" in state)) return undefined;
  return typeof state.plan === "string" ? state.plan : undefined;
}

export const rememberLink = (plan: string): void => window.history.replaceState({ plan }, "");
