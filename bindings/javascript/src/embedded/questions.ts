/** The questions under way in this process, by the places of their turns in the core: small numbers, used again. */
import type { Question } from './question.js';

export class Questions {
  /** A turn that has ended in the core leaves its place, and a listener may ask the next question before it is told so: then the
   * older question hangs behind the newer one. At 0 is what the core gave no turn (it is for somebody else, or refused), until it is
   * told. */
  readonly #places: Array<Question | null> = [null];

  add(question: Question, place: number): void {
    while (this.#places.length <= place) this.#places.push(null);
    question.place = place;
    question.behind = this.#places[place] as Question | null;
    this.#places[place] = question;
  }

  /** The question of this daemon about this message, whose turn has or had this place. */
  find(place: number, daemon: number, message: number): Question | null {
    let question = this.#places[place] ?? null;
    while (question !== null && (question.heard.id !== message || question.daemon.handle !== daemon)) question = question.behind;
    return question;
  }

  remove(question: Question): void {
    let above = this.#places[question.place] as Question;
    if (above === question) {
      this.#places[question.place] = question.behind;
      return;
    }
    while (above.behind !== question) above = above.behind as Question;
    above.behind = question.behind;
  }
}
