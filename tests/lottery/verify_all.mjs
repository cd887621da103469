// Runs examples/verify/verify.mjs over the files that are named, in one process; a line of JSON for each.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [verifier, ...files] = process.argv.slice(2);
const { verify } = await import(pathToFileURL(verifier));
for (const file of files) {
  try {
    const { outcomes, agreeing, sha256, differences } = verify(readFileSync(file, 'utf8'));
    console.log(JSON.stringify({ outcomes, agreeing, sha256, differences: differences.slice(0, 20) }));
  } catch (error) {
    console.log(JSON.stringify({ malformed: String(error) }));
  }
}
