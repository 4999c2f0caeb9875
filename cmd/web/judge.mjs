// Judges an object by the page's WebAssembly, outside a browser: node judge.mjs DIR OBJECT KERNELS FORMAT
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [dir, object, kernels, format] = process.argv.slice(2);
createRequire(import.meta.url)(dir + "/wasm_exec.js");
const begun = performance.now();
const go = new Go();
const { instance } = await WebAssembly.instantiate(readFileSync(dir + "/bpfverdict.wasm"), go.importObject);
go.run(instance);
console.error(`ready after ${Math.round(performance.now() - begun)} ms`);
const r = bpfverdict.check(object.replace(/.*\//, ""), new Uint8Array(readFileSync(object)), kernels, format);
process.stdout.write(r.error ?? r.text);
process.exit(r.error ? 1 : 0);
