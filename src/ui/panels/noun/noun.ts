/** A noun of a sentence with the running words around it. */
export interface NounPiece<N extends string> {
  readonly noun: N;
  readonly before: string;
  readonly words: string;
  readonly after: string;
}

/** Left and top of a popover, px from its sentence's corner. */
export interface Place {
  readonly left: number;
  readonly top: number;
}

/** What a sentence hands to the popover of its open noun. `step`: where the focus goes next, along the nouns. */
export interface OpenNoun<N extends string> {
  readonly noun: N;
  readonly place: Place;
  readonly anchor: HTMLElement | undefined;
  readonly onclose: (step?: number) => Promise<void>;
}
