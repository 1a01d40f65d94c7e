/** Why a plan cannot be: a closed union. `message` is a sentence with the numbers; bytes where a kind carries them. */
export type Infeasible =
  | {
      readonly kind: "memory-weights";
      readonly message: string;
      readonly rank: string;
      readonly needed: number;
      readonly capacity: number;
    }
  | {
      readonly kind: "memory-runtime";
      readonly message: string;
      readonly rank: string;
      readonly needed: number;
      readonly capacity: number;
    }
  | {
      readonly kind: "memory-kv-cache";
      readonly message: string;
      readonly rank: string;
      readonly needed: number;
      readonly capacity: number;
    }
  | {
      readonly kind: "host-memory";
      readonly message: string;
      readonly rank: string;
      readonly needed: number;
      readonly capacity: number;
    }
  | { readonly kind: "layout"; readonly message: string; readonly path: string }
  | { readonly kind: "precision"; readonly message: string; readonly path: string }
  | { readonly kind: "engine"; readonly message: string; readonly path: string }
  | { readonly kind: "context"; readonly message: string; readonly path: string }
  | { readonly kind: "missing-fact"; readonly message: string; readonly path: string };
