/** Which orchestrator is this? Asked of the lookup that the app registers. */
import type { OrchestratorWithUser } from './types.js';

/** Finds by the orchestrator's id or its user's; null or undefined: there is none. */
export type OrchestratorLookup = (id: string) => Promise<OrchestratorWithUser | null | undefined> | OrchestratorWithUser | null | undefined;

let lookup: OrchestratorLookup | null = null;

export const orchestratorService = {
  /** Registers where orchestrators are found. With Prisma and Neolith's schema:
   *
   *     orchestratorService.setLookup((id) =>
   *       prisma.orchestrator.findFirst({ where: { OR: [{ id }, { userId: id }] }, include: { user: true } }));
   */
  setLookup(find: OrchestratorLookup | null): void {
    lookup = find;
  },

  /** The orchestrator with that id, or of the user with that id; null: there is none. */
  async getVP(id: string): Promise<OrchestratorWithUser | null> {
    if (!lookup) throw new Error('orchestratorService has no lookup: call orchestratorService.setLookup() when the app starts');
    return (await lookup(id)) ?? null;
  },
};
