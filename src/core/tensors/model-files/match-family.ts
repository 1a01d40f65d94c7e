import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { FamilyMember } from "../../domain/model-file.ts";
import type { ModelId } from "../../domain/plan.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";

type Shape = { readonly [K in keyof MlaArchitecture]?: { readonly path: string; readonly value: unknown } };

/** A shape as a file tells it: each field with the path it stands under. */
export type FoundShape = Shape;

interface Mismatch extends Problem {
  readonly model: FamilyMember;
}

const told = (value: unknown): string =>
  value === undefined ? "missing" : (JSON.stringify(value) ?? "unreadable").slice(0, 60);

function mismatches(model: FamilyMember, shape: FoundShape): Mismatch[] {
  return (Object.keys(shape) as (keyof MlaArchitecture)[]).flatMap((key) => {
    const field = shape[key];
    const own = model.architecture[key];
    const [wanted, found] = [JSON.stringify(own ?? null), JSON.stringify(field?.value ?? null)];
    if (!field || wanted === found) return [];
    const problem =
      own === undefined
        ? `${told(field.value)}, and ${model.name} has none`
        : `${told(field.value)}, and ${model.name} has ${JSON.stringify(own)}`;
    return [{ path: field.path, problem, model }];
  });
}

/**
 * The models of the catalog that have the shape which a file tells.
 *
 * Fields that the file leaves out are not compared. Refuses with the first field that differs from the
 * nearest model: tensors of another shape are another model, whatever it calls itself.
 */
export function matchFamily(
  family: readonly FamilyMember[],
  shape: FoundShape,
): Result<readonly ModelId[], Problem> {
  let nearest: readonly Mismatch[] | undefined;
  const same: ModelId[] = [];
  for (const model of family) {
    const wrong = mismatches(model, shape);
    if (wrong.length === 0) same.push(model.id);
    else if (nearest === undefined || wrong.length < nearest.length) nearest = wrong;
  }
  if (same.length > 0) return ok(same);
  const [first] = nearest ?? [];
  const more = (nearest?.length ?? 0) - 1;
  const rest = more > 0 ? `, and ${more} more ${more === 1 ? "field differs" : "fields differ"}` : "";
  return fail({
    path: first?.path ?? "",
    problem: `${first?.problem ?? "no model is known"}${rest}: another architecture`,
  });
}

const bare = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/** The model that a name or a repository means, of those with the shape; undefined: a fine-tune with its own name. */
export function memberNamed(
  family: readonly FamilyMember[],
  same: readonly ModelId[],
  names: readonly (string | null)[],
): ModelId | undefined {
  const wanted = new Set(
    names.flatMap((name) => (name ? [bare(name), bare(name.split("/").at(-1) ?? "")] : [])),
  );
  return family.find(
    ({ id, name, repositories }) =>
      same.includes(id) &&
      [id, name, ...repositories, ...repositories.map((of) => of.split("/").at(-1) ?? "")].some((of) =>
        wanted.has(bare(of)),
      ),
  )?.id;
}
