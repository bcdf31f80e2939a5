/** Which orchestrator is this? Asked of the lookup that the app registers, else of the orchd that the manager mirrors. */
import { getDaemonManager } from './manager.js';
import type { OrchestratorWithUser } from './types.js';

/** Finds by the orchestrator's id or its user's; null or undefined: there is none. */
export type OrchestratorLookup = (id: string) => Promise<OrchestratorWithUser | null | undefined> | OrchestratorWithUser | null | undefined;

/** One in a realm, also when a bundler put the module into several files. */
const LOOKUP = Symbol.for('@neolith/core/lookup');
const place = globalThis as { [LOOKUP]?: OrchestratorLookup | undefined };

export const orchestratorService = {
  /** Registers where orchestrators are found. With Prisma and Neolith's schema:
   *
   *     orchestratorService.setLookup((id) =>
   *       prisma.orchestrator.findFirst({ where: { OR: [{ id }, { userId: id }] }, include: { user: true } }));
   */
  setLookup(find: OrchestratorLookup | null): void {
    place[LOOKUP] = find ?? undefined;
  },

  /** The orchestrator with that id, or of the user with that id; null: there is none. */
  async getVP(id: string): Promise<OrchestratorWithUser | null> {
    // To some databases undefined is no condition, and they find anybody.
    if (!id) throw new TypeError(`getVP(${id}): an id is needed`);
    const lookup = place[LOOKUP];
    if (lookup) return (await lookup(id)) ?? null;
    const found = getDaemonManager().findOrchestrator(id);
    if (found) return found;
    throw new Error('orchestratorService cannot look: call orchestratorService.setLookup() when the app starts, or getDaemonManager({ url, token }) with an orchd');
  },
};
