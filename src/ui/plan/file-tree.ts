import type { KitFile } from "../../core/domain/kit.ts";

/** A row of the file tree: a folder, or a file under it. */
export type TreeRow =
  | { readonly kind: "folder"; readonly name: string }
  | { readonly kind: "file"; readonly name: string; readonly depth: number; readonly file: KitFile };

/** README first, then what is at the top, then folder by folder. */
export function fileTree(files: readonly KitFile[]): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  const top = files.filter(({ path }) => !path.includes("/"));
  const readmeFirst = top.toSorted((a, b) => Number(b.path === "README.md") - Number(a.path === "README.md"));
  for (const file of readmeFirst) rows.push({ kind: "file", name: file.path, depth: 0, file });
  const folders = new Set(files.filter(({ path }) => path.includes("/")).map(({ path }) => folderOf(path)));
  for (const folder of folders) {
    rows.push({ kind: "folder", name: `${folder}/` });
    for (const file of files.filter(({ path }) => folderOf(path) === folder)) {
      rows.push({ kind: "file", name: file.path.slice(folder.length + 1), depth: 1, file });
    }
  }
  return rows;
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

const START_FILES = [
  /^serve\/serve\.sh$/,
  /^serve\/compose\.yaml$/,
  /\/server\/server\.yaml$/,
  /^serve\/.*\.sbatch$/,
];

/** What people look at first: how the engine is started. */
export function firstFile(files: readonly KitFile[]): KitFile | undefined {
  return (
    START_FILES.map((start) => files.find(({ path }) => start.test(path))).find(Boolean) ??
    files.find(({ path }) => path === "README.md") ??
    files[0]
  );
}
