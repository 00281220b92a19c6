import { execFileSync } from 'node:child_process';

// deletePod deletes a Pod with the kubectl of the environment, and does not wait for its end.
export function deletePod(namespace, name) {
  execFileSync('kubectl', ['delete', 'pod', name, '--namespace', namespace, '--wait=false'], { stdio: 'pipe' });
}
