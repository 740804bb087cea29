/** A law was broken. `about` names the cycle or VM whose history tells more. */
export class LawBroken extends Error {
  override readonly name = "LawBroken";
  readonly about: string | undefined;

  constructor(message: string, about?: string) {
    super(message);
    this.about = about;
  }
}
