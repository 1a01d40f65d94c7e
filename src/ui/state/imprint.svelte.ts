/** What a view adds to the foot of the page: the kit's hash, while a kit is on show. */
export class Imprint {
  kitSha256 = $state<string | null>(null);
}
