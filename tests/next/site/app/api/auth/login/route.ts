// app/api/auth/login/route.ts
import { getDaemonManager } from '@neolith/core';
import { orchestratorService } from '@neolith/core';

export async function POST(request: Request) {
  const { email, password } = await request.json();

  // Authenticate user
  const user = await authenticateUser(email, password);

  // Check if user is an orchestrator
  if (user.isOrchestrator) {
    const orchestrator = await orchestratorService.getVP(user.id);

    if (orchestrator) {
      // Auto-start daemon
      const manager = getDaemonManager();
      await manager.onUserLogin(orchestrator);
    }
  }

  return Response.json({ user });
}
