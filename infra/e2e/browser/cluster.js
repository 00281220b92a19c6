import { execFileSync } from 'node:child_process';

// deletePod has Kubernetes delete a Pod, as kubectl of the shell that runs the tests reaches it, and does not wait.
export function deletePod(namespace, name) {
  execFileSync('kubectl', ['delete', 'pod', name, '--namespace', namespace, '--wait=false'], { stdio: 'pipe' });
}
