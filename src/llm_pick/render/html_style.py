"""Style and script of the HTML documents: screen and phone, light and dark, print. Nothing is loaded from anywhere."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--bg:#fff;--ink:#1c2024;--soft:#5b6570;--line:#d9dee3;--tint:#f3f5f7;--link:#0b5cad;
--c1:#0b67b0;--c2:#b3470b;--c3:#1f7a4a;--warn:#fff6e0;--edge:#b97a00}
@media(prefers-color-scheme:dark){:root{--bg:#14171a;--ink:#e4e8ec;--soft:#a0abb6;--line:#343b42;--tint:#1e2328;
--link:#7db8f2;
--c1:#6db3f2;--c2:#f2a06d;--c3:#74cf9d;--warn:#2b2415;--edge:#d9a441}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;max-width:75rem;margin:0 auto;
padding:1.5rem 1.25rem 3rem;
color:var(--ink);background:var(--bg);overflow-wrap:break-word}
a{color:var(--link);overflow-wrap:anywhere}
h1{font-size:1.55rem;line-height:1.25;margin:.2rem 0 1rem}h2{font-size:1.1rem;margin:2rem 0 .5rem;line-height:1.3}
h2::first-letter{text-transform:uppercase}
h3{font-size:1rem;margin:1.5rem 0 .4rem}
.kicker{color:var(--soft);font-size:.85rem;margin:0}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.3rem 1.25rem;margin:.5rem 0}
dt{color:var(--soft)}dd{margin:0;min-width:0}dd+dd{grid-column:2}
.lead,.caveats{margin:1rem 0}.lead{border-left:4px solid var(--c1);padding-left:1rem}
.caveats{background:var(--warn);border-left:4px solid var(--edge);padding:.6rem 1rem}.caveats h2{margin:0}
ul{margin:.4rem 0;padding-left:1.2rem}li{margin:.15rem 0}
code{font:.88em/1.4 ui-monospace,"DejaVu Sans Mono",Consolas,monospace;background:var(--tint);padding:.1rem .3rem;
border-radius:3px;overflow-wrap:anywhere}
pre{background:var(--tint);padding:.75rem;overflow-x:auto}pre code{padding:0;background:none}
.t{overflow-x:auto}
table{border-collapse:collapse;font-size:.86rem}
th,td{padding:.35rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;font-weight:400}
thead th{border-bottom:2px solid var(--soft);vertical-align:bottom;font-weight:600}
tbody th{font-weight:600;overflow-wrap:normal}
.r{text-align:right;font-variant-numeric:tabular-nums}td.r,.s{white-space:nowrap}
td a{display:inline-block;min-width:12rem}
.sortable thead th{cursor:pointer}
thead button{font:inherit;color:var(--soft);background:none;border:0;padding:0 0 0 .25em;margin:0;cursor:pointer}
thead button::after{content:"\\2195"}
th[aria-sort=ascending] button::after{content:"\\2191"}th[aria-sort=descending] button::after{content:"\\2193"}
figure{margin:1rem 0;overflow-x:auto}figcaption{font-size:.85rem;color:var(--soft)}
svg{max-width:100%;height:auto;display:block}
footer{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:.5rem;font-size:.85rem}
@media(max-width:40rem){body{padding:1rem .9rem 2rem}h1{font-size:1.3rem}dl{grid-template-columns:1fr;gap:0}
dd{margin-bottom:.4rem}dd+dd{grid-column:1}svg{min-width:34rem}
tbody th{min-width:8rem}td{min-width:4rem}}
@page{margin:16mm 14mm}
@media print{:root{color-scheme:light;--bg:#fff;--ink:#000;--soft:#444;--line:#bbb;--tint:#f3f5f7;--link:#000;
--c1:#0b67b0;--c2:#b3470b;
--c3:#1f7a4a;--warn:#fff;--edge:#000}body{max-width:none;padding:0;font-size:10pt}h1{font-size:15pt}.t{overflow:visible}
figure{overflow:visible}table{font-size:8pt;width:auto}th,td{padding:.2rem .35rem}td a{min-width:0}
thead{display:table-header-group}
tr,figure,.caveats{break-inside:avoid}
h2,h3{break-after:avoid}thead button{display:none}a{text-decoration:none}}
""".replace("\n", "")

SORT = (
    "{const N=t=>{const m=t.replace(/[,$]/g,'').match(/^[^\\d-]*(-?\\d+(?:\\.\\d+)?)([kMBT]?)/);"
    "return m?m[1]*({k:1e3,M:1e6,B:1e9,T:1e12}[m[2]]||1):NaN};"
    "document.querySelectorAll('.sortable thead th').forEach(h=>{const b=document.createElement('button');b.type='button';"
    "b.ariaLabel='sort by '+h.textContent;h.append(b);h.onclick=()=>{const t=h.closest('table').tBodies[0],i=h.cellIndex,"
    "d=h.ariaSort==='ascending'?-1:1,r=h.classList.contains('r');"
    "for(const o of h.parentNode.cells)o.removeAttribute('aria-sort');h.ariaSort=d>0?'ascending':'descending';"
    "[...t.rows].sort((p,q)=>{const x=p.cells[i].textContent,y=q.cells[i].textContent,a=N(x),c=N(y);"
    "if(!r)return d*x.localeCompare(y,undefined,{numeric:true});"
    "if(isNaN(a)||isNaN(c))return isNaN(a)-isNaN(c);return d*(a-c)}).forEach(e=>t.append(e))}})}"
)
"""A press on a header, or on its button from the keyboard, sorts its table; a second one turns it
round. Right-aligned columns are sorted by their first number, with what is unknown last; others as text. Without script the
headers are plain words."""
