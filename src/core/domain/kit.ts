/** One thing that a preflight asks of the machine, in the plan's own numbers. */
export interface PreflightCheck {
  /** "689 GB free in MODEL_DIR" */
  readonly what: string;
  /** The program or file that tells. */
  readonly by: string;
  /** A check that warns leaves the verdict as it is; absent: it fails. */
  readonly warns?: true;
}

/** A check, and the 1-based lines of the script that make it. */
export interface ScriptedCheck extends PreflightCheck {
  readonly lines: readonly number[];
}

/** What the kit compiler emits: files in memory, in path order. */
export interface KitFile {
  /** Relative, forward slashes: `serve/serve.sh`. */
  readonly path: string;
  readonly text: string;
  readonly executable: boolean;
  readonly sha256: string;
  /** Reasons by 1-based line: the same sentences stand in the README and in the page. */
  readonly reasons: readonly { readonly line: number; readonly because: string }[];
  /** What a preflight checks, in its order: the data that its lines were written with. */
  readonly checks?: readonly ScriptedCheck[];
}

/** Something that the plan asks and the target or engine cannot express. */
export interface Unsupported {
  readonly path: string;
  readonly reason: string;
}

export interface Kit {
  /** Folder name inside the archive. */
  readonly name: string;
  readonly files: readonly KitFile[];
  readonly unsupported: readonly Unsupported[];
  /** Of a kit that starts a server: the name that clients ask for, where it listens, how long a request may be. */
  readonly serves?: { readonly name: string; readonly port: number; readonly contextTokens: number };
}
