/** Nothing half-written: everything lands beside its place first and is renamed into it. */
import { mkdir, mkdtemp, readdir, rename, rm, writeFile as write } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { KitFile } from "../core/domain/kit.ts";
import { badInput } from "./bad-input.ts";

/** Throws BadInput where a kit would cover what is there already. */
export async function refuseFolder(folder: string, force: boolean): Promise<void> {
  const present = await list(folder, "--out");
  if (present !== null && present.length > 0 && !force) {
    throw badInput("--out", `${folder} is not empty; --force writes over the files of the same name`);
  }
}

/**
 * A new folder appears whole. In one that holds files already, which `refuseFolder` let pass, each file is
 * replaced at once and what else lies there stays: weights may have been downloaded into it.
 */
export async function writeFolder(folder: string, files: readonly KitFile[]): Promise<void> {
  const target = resolve(folder);
  await staged(target, async (stage) => {
    const kit = join(stage, "kit");
    for (const { path, text, executable } of files) {
      const file = join(kit, path);
      await mkdir(dirname(file), { recursive: true });
      await write(file, text, { mode: executable ? 0o755 : 0o644 });
    }
    const present = await list(target, "--out");
    if (present === null || present.length === 0) {
      if (present !== null) await rm(target, { recursive: true });
      await rename(kit, target);
      return;
    }
    for (const { path } of files) {
      await mkdir(dirname(join(target, path)), { recursive: true });
      await rename(join(kit, path), join(target, path));
    }
  });
}

export async function writeFile(file: string, bytes: Uint8Array): Promise<void> {
  const target = resolve(file);
  await staged(target, async (stage) => {
    const whole = join(stage, basename(target));
    await write(whole, bytes);
    await rename(whole, target).catch((error: unknown) => {
      throw badInput("--zip", `${file} cannot be written (${codeOf(error)})`);
    });
  });
}

async function staged(target: string, fill: (stage: string) => Promise<void>): Promise<void> {
  const parent = dirname(target);
  let stage: string;
  try {
    await mkdir(parent, { recursive: true });
    stage = await mkdtemp(join(parent, `.${basename(target)}-`));
  } catch (error) {
    throw badInput(target, `cannot be written (${codeOf(error)})`);
  }
  try {
    await fill(stage);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Null where there is nothing. */
async function list(folder: string, option: string): Promise<string[] | null> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return null;
    throw badInput(option, code === "ENOTDIR" ? `${folder} is a file` : `${folder} cannot be read (${code})`);
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown";
