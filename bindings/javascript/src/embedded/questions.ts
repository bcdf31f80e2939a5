/** The questions under way in this process, by the places of their turns in the core: small numbers, used again. */
import type { Question } from './question.js';

export class Questions {
  /** A turn that has ended in the core leaves its place, and a listener may ask the next question before it is told so: then the
   * older question hangs behind the newer one. */
  private readonly places: Array<Question | null> = [null];
  /** What the core gave no turn (it is for somebody else, or refused), until it is told. */
  private readonly turnless: Question[] = [];

  add(question: Question, place: number): void {
    question.place = place;
    if (place === 0) {
      this.turnless.push(question);
      return;
    }
    while (this.places.length <= place) this.places.push(null);
    question.behind = this.places[place] as Question | null;
    this.places[place] = question;
  }

  /** The question of this daemon about this message, whose turn has or had this place. */
  find(place: number, daemon: number, message: number): Question | null {
    const asks = (question: Question): boolean => question.heard.id === message && question.daemon.handle === daemon;
    if (place === 0) return this.turnless.find(asks) ?? null;
    let question = this.places[place] ?? null;
    while (question !== null && !asks(question)) question = question.behind;
    return question;
  }

  remove(question: Question): void {
    const { place, behind } = question;
    if (place === 0) {
      this.turnless.splice(this.turnless.indexOf(question), 1);
      return;
    }
    let above = this.places[place] as Question;
    if (above === question) {
      this.places[place] = behind;
      return;
    }
    while (above.behind !== question) above = above.behind as Question;
    above.behind = behind;
  }
}
