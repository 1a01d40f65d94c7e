/** serve/create.sh: what is done once in the pod of the running server. */
import { scriptHead, type Draft, type Parts } from "../../files/draft.ts";
import { array, assign, block, code, printScript, type Word } from "../../render/shell.ts";
import { namesOf } from "./names.ts";
import { podWord } from "./words.ts";

export function createFiles(parts: Parts): Draft[] {
  const { ir, launch, reads } = parts;
  if (!launch.setup) return [];
  const { server } = namesOf(ir);
  const inPod = (word: Word): string => podWord(word, launch, { rank: "only", size: 1, name: server });
  const lines = [
    ...scriptHead(ir, "Makes the model in the running server and loads it", null).filter(
      ({ text }) => !text.startsWith("here="),
    ),
    assign("server", `deployment/${server}`),
    { text: `kubectl rollout status "\${server}" --timeout=${reads.limitSeconds}s`, because: reads.because },
    ...launch.setup.flatMap(({ words, because }) => [
      ...array("words", [{ words: words.map(inPod), because }]),
      code('kubectl exec "${server}" --container server -- "${words[@]}"'),
    ]),
    ...block(`
      printf 'done after %s s\\n' "\${SECONDS}"
    `),
  ];
  return [{ path: "serve/create.sh", executable: true, ...printScript(lines) }];
}
