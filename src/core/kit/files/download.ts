/** download.sh: the checkpoint at its revision; resumes, takes a mirror, or a disk carried inside. */
import { gb } from "../engines/arguments.ts";
import { array, assign, block, code, printScript, variable, type ScriptLine } from "../render/shell.ts";
import { diskNeeds } from "./disk.ts";
import { scriptHead, type Draft, type Parts } from "./draft.ts";

export function downloadScript({ ir }: Parts): Draft {
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Fetches the checkpoint", "serve/env"),
    ...block(`
      # usage: download.sh               fetch (again: resume), then check
      #        download.sh --from DIR    copy from a folder carried in, then check
      #        download.sh --check       check only
      # HF_ENDPOINT=https://mirror.example takes a mirror, DOWNLOAD_DIR=... another folder.
      unset HF_HUB_OFFLINE
    `),
    ...whatToFetch(ir),
    ...array("fetch", [
      { words: ["download", variable("REPOSITORY")], because: "the client's command" },
      { words: ["--revision", variable("REVISION")], because: "the same files on every node" },
      { words: ["--local-dir", variable("target")], because: "plain files, and notes that let it resume" },
    ]),
    ...FETCH,
    ...CHECK,
  ];
  return { path: "download.sh", executable: true, ...printScript(lines) };
}

function whatToFetch(ir: Parts["ir"]): ScriptLine[] {
  const { repository, revision } = ir.origin.repository;
  return [
    {
      ...assign("REPOSITORY", repository),
      because: `published checkpoint of ${ir.model.name}, ${gb(diskNeeds(ir).download)}`,
    },
    revision === undefined
      ? {
          text: "REVISION=${REVISION:-main}",
          because:
            "no commit is pinned in the catalog: set REVISION to one, so that every node gets the same files",
        }
      : {
          ...assign("REVISION", revision),
          because: "the commit that the catalog pins: two downloads give the same files",
        },
    code(`target="\${DOWNLOAD_DIR:-\${${ir.origin.kind === "repository" ? "MODEL_DIR" : "SOURCE_DIR"}}}"`),
  ];
}

const FETCH = block(`
  mkdir -p "\${target}"
  case "\${1:-}" in
    --check) ;;
    --from)
      cp -a --update -- "\${2:?usage: download.sh --from DIR}/." "\${target}/"
      ;;
    '')
      if command -v hf > /dev/null; then
        hf "\${fetch[@]}"
      elif command -v huggingface-cli > /dev/null; then
        huggingface-cli "\${fetch[@]}"
      else
        printf 'install the client first: pip install huggingface_hub\\n' >&2
        exit 1
      fi
      ;;
    *)
      printf 'usage: download.sh [--from DIR | --check]\\n' >&2
      exit 2
      ;;
  esac
`);

/** The client notes commit and SHA-256 of every large file beside it; they become SHA256SUMS once. */
const CHECK = block(`
  cd "\${target}"
  if [ ! -s SHA256SUMS ]; then
    for file in *.safetensors; do
      note=".cache/huggingface/download/\${file}.metadata"
      if [ ! -f "\${note}" ]; then continue; fi
      { read -r commit; read -r sum; } < "\${note}"
      if [ "\${#sum}" = 64 ]; then printf '%s  %s\\n' "\${sum}" "\${file}" >> SHA256SUMS; fi
      printf '%s\\n' "\${commit}" > REVISION
    done
  fi
  if [ ! -s SHA256SUMS ]; then
    printf 'no SHA256SUMS in %s: nothing to check against\\n' "\${target}" >&2
    exit 1
  fi
  sha256sum --check --quiet SHA256SUMS
  count=$(wc -l < SHA256SUMS)
  printf 'checked: %s files of %s at %s\\n' "\${count}" "\${REPOSITORY}" "$(cat REVISION 2> /dev/null || echo "\${REVISION}")"
`);
