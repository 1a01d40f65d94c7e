/** `owner/name` of a model hub: letters, digits, and dots, dashes and underscores between them. */
const PART = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?";
const REPOSITORY = new RegExp(`^${PART}/${PART}$`);

/** The text where it names a repository; null for paths, addresses and whatever a shell could mistake. */
export function repositoryName(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const text = value.replace(/^https:\/\/huggingface\.co\//, "").replace(/\/$/, "");
  return REPOSITORY.test(text) && !/\.\.|--/.test(text) ? text : null;
}
