/** In the page's build this stands in place of the module's embedded/manager.ts: the page's daemons are those of its server. */

export class EmbeddedBackend {
  constructor() {
    throw new Error('this page runs no daemons of its own; its server does');
  }
}
