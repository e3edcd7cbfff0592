/** Node itself neither strips an enum nor finds this file as './amount.js': in the workers, too, tsx has to load it. */
export enum Amount {
  One = 1,
}
