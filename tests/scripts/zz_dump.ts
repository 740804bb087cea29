import { powerShellParser } from "/work/main/tests/scripts/parse.ts";
const p=await powerShellParser();
const t=p.parse(await Deno.readTextFile(Deno.args[0]));
const d=(n,i)=>{ if(n.isNamed||n.type.length>1) console.log("  ".repeat(i)+n.type+(n.childCount===0?" "+JSON.stringify(n.text):"")); for(const c of n.children) d(c,i+1)};
d(t.rootNode,0);
