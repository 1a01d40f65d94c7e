/** Step 4: drafts become files in path order, hashed; kit.json lists all the others. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Kit, KitFile, Unsupported } from "../domain/kit.ts";
import { kitJson } from "./files/kit-json.ts";
import type { Draft, Parts } from "./files/draft.ts";
import { readme } from "./files/readme.ts";
import type { Target } from "./targets/target.ts";

export function bundle(parts: Parts, target: Target, drafts: readonly Draft[]): Kit {
  const { ir, launch } = parts;
  const unsupported = unique([...ir.unsupported, ...launch.unsupported, ...target.unsupported(ir, launch)]);
  const paths = drafts.map((draft) => draft.path);
  const files = [...drafts, readme(parts, target.runbook(parts, paths), unsupported, paths)].map(hashDraft);
  const manifest = hashDraft(kitJson(parts, files.toSorted(byPath), unsupported));
  const contextTokens = ir.contextTokens.count;
  const serves = { name: launch.servedName, port: launch.port, contextTokens };
  return { name: ir.name, files: [...files, manifest].sort(byPath), unsupported, serves };
}

/** Code-unit order: the same in every locale. */
export const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0;

export function hashDraft(draft: Draft): KitFile {
  return {
    path: draft.path,
    text: draft.text,
    executable: draft.executable ?? false,
    sha256: bytesToHex(sha256(utf8ToBytes(draft.text))),
    reasons: draft.reasons ?? [],
    ...(draft.checks ? { checks: draft.checks } : {}),
  };
}

function unique(list: readonly Unsupported[]): Unsupported[] {
  const seen = new Set<string>();
  return list.filter(({ path, reason }) => {
    const key = `${path}\n${reason}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
