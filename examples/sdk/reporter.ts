// Says who it is, and asks a service that wants a token: bun examples/sdk/reporter.ts [URL]
import { fetchJwt, fetchX509 } from 'selvage/sdk';

const { spiffeId, expiresAtMs } = await fetchX509();
console.log(`I am ${spiffeId} until ${new Date(expiresAtMs).toISOString()}`);

const [url] = process.argv.slice(2);
if (url !== undefined) {
  const token = await fetchJwt(new URL(url).host);
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  console.log(`${answer.status} ${await answer.text()}`);
}
