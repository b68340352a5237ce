-- 1. 读取不同的案号头、法院、原审案号头（逐种在本机识别）
SELECT _head, court, _origin, count(*) AS n
FROM (SELECT s.*,
coalesce(nullif(substring(case_no from '^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$'), ''), nullif(substring(translate(case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号') from '^(.*?[^0-9])(0*[1-9][0-9]*)((?:号?[-、至][0-9]+)*)号(之[一二三四五六七八九十0-9]+)?$'), '')) AS _head,
coalesce(nullif(substring(origin_case_no from '^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$'), ''), nullif(substring(translate(origin_case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号') from '^(.*?[^0-9])(0*[1-9][0-9]*)((?:号?[-、至][0-9]+)*)号(之[一二三四五六七八九十0-9]+)?$'), '')) AS _origin
FROM (SELECT nullif(btrim(CAST("案号" AS TEXT), '                　'), '') AS "case_no", nullif(btrim(CAST("经办法院" AS TEXT), '                　'), '') AS "court", CAST(NULL AS VARCHAR) AS "line", CAST(NULL AS VARCHAR) AS "procedure", CAST(NULL AS VARCHAR) AS "applied",
CASE WHEN CAST("立案日期" AS DATE) >= CAST('1900-01-02' AS DATE) THEN CAST("立案日期" AS DATE) END AS "filed", CAST(NULL AS DATE) AS "concluded", nullif(btrim(CAST("结案方式" AS TEXT), '                　'), '') AS "outcome",
CASE WHEN CAST("应结案日期" AS DATE) >= CAST('1900-01-02' AS DATE) AND CAST("应结案日期" AS DATE) < CAST('2030-01-01' AS DATE) THEN CAST("应结案日期" AS DATE) END AS "deadline", nullif(btrim(CAST("是否延长" AS TEXT), '                　'), '') AS "extended", CAST(NULL AS BIGINT) AS "excluded_days", nullif(btrim(CAST("原审案号" AS TEXT), '                　'), '') AS "origin_case_no", CAST((CAST("申请执行金额" AS DECIMAL(18, 2))) * 100 AS BIGINT) AS "exec_due", CAST((CASE WHEN (replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(nullif(btrim(CAST("到位金额" AS TEXT), '                　'), ''), ',', ''), '，', ''), '０', '0'), '１', '1'), '２', '2'), '３', '3'), '４', '4'), '５', '5'), '６', '6'), '７', '7'), '８', '8'), '９', '9'), '．', '.') ~ '^[-+]?[0-9]+([.][0-9]*)?$') THEN
CASE WHEN length(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(nullif(btrim(CAST("到位金额" AS TEXT), '                　'), ''), ',', ''), '，', ''), '０', '0'), '１', '1'), '２', '2'), '３', '3'), '４', '4'), '５', '5'), '６', '6'), '７', '7'), '８', '8'), '９', '9'), '．', '.')) <= 18 THEN CAST(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(nullif(btrim(CAST("到位金额" AS TEXT), '                　'), ''), ',', ''), '，', ''), '０', '0'), '１', '1'), '２', '2'), '３', '3'), '４', '4'), '５', '5'), '６', '6'), '７', '7'), '８', '8'), '９', '9'), '．', '.') AS DECIMAL(18, 2)) END END) * 100 AS BIGINT) AS "exec_recovered", nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') AS "t_concluded", nullif(btrim(CAST("扣除天数" AS TEXT), '                　'), '') AS "t_excluded_days", nullif(btrim(CAST("到位金额" AS TEXT), '                　'), '') AS "t_exec_recovered",
CASE WHEN nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') LIKE '%:%' THEN regexp_replace(regexp_replace(nullif(btrim(CAST("结案日期" AS TEXT), '                　'), ''), '([01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$', '00:00:00', 'g'), '([01]?[0-9]|2[0-3]):[0-5][0-9]$', '00:00', 'g') ELSE nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') END AS "k_concluded", nullif(btrim(CAST("扣除天数" AS TEXT), '                　'), '') AS "k_excluded_days", CAST(NULL AS BIGINT) AS _order
FROM anjian) s) r
GROUP BY _head, court, _origin;

-- 2. 读取以文字存放的日期（逐种在本机识别）
SELECT DISTINCT text
FROM (SELECT DISTINCT
CASE WHEN nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') LIKE '%:%' THEN regexp_replace(regexp_replace(nullif(btrim(CAST("结案日期" AS TEXT), '                　'), ''), '([01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$', '00:00:00', 'g'), '([01]?[0-9]|2[0-3]):[0-5][0-9]$', '00:00', 'g') ELSE nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') END AS text
FROM anjian) t
WHERE text IS NOT NULL;

-- 3. 读取以文字存放的整数（逐种在本机识别）
SELECT DISTINCT text
FROM (SELECT DISTINCT nullif(btrim(CAST("扣除天数" AS TEXT), '                　'), '') AS text
FROM anjian) t
WHERE text IS NOT NULL;

-- 4. 读取各代码列的不同写法（逐种在本机识别）
SELECT 'outcome' AS field, "outcome" AS text, count(*) AS n
FROM (SELECT s.*,
coalesce(nullif(substring(case_no from '^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$'), ''), nullif(substring(translate(case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号') from '^(.*?[^0-9])(0*[1-9][0-9]*)((?:号?[-、至][0-9]+)*)号(之[一二三四五六七八九十0-9]+)?$'), '')) AS _head,
coalesce(nullif(substring(origin_case_no from '^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$'), ''), nullif(substring(translate(origin_case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号') from '^(.*?[^0-9])(0*[1-9][0-9]*)((?:号?[-、至][0-9]+)*)号(之[一二三四五六七八九十0-9]+)?$'), '')) AS _origin
FROM (SELECT nullif(btrim(CAST("案号" AS TEXT), '                　'), '') AS "case_no", nullif(btrim(CAST("经办法院" AS TEXT), '                　'), '') AS "court", CAST(NULL AS VARCHAR) AS "line", CAST(NULL AS VARCHAR) AS "procedure", CAST(NULL AS VARCHAR) AS "applied",
CASE WHEN CAST("立案日期" AS DATE) >= CAST('1900-01-02' AS DATE) THEN CAST("立案日期" AS DATE) END AS "filed", CAST(NULL AS DATE) AS "concluded", nullif(btrim(CAST("结案方式" AS TEXT), '                　'), '') AS "outcome",
CASE WHEN CAST("应结案日期" AS DATE) >= CAST('1900-01-02' AS DATE) AND CAST("应结案日期" AS DATE) < CAST('2030-01-01' AS DATE) THEN CAST("应结案日期" AS DATE) END AS "deadline", nullif(btrim(CAST("是否延长" AS TEXT), '                　'), '') AS "extended", CAST(NULL AS BIGINT) AS "excluded_days", nullif(btrim(CAST("原审案号" AS TEXT), '                　'), '') AS "origin_case_no", CAST((CAST("申请执行金额" AS DECIMAL(18, 2))) * 100 AS BIGINT) AS "exec_due", CAST((CASE WHEN (replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(nullif(btrim(CAST("到位金额" AS TEXT), '                　'), ''), ',', ''), '，', ''), '０', '0'), '１', '1'), '２', '2'), '３', '3'), '４', '4'), '５', '5'), '６', '6'), '７', '7'), '８', '8'), '９', '9'), '．', '.') ~ '^[-+]?[0-9]+([.][0-9]*)?$') THEN
CASE WHEN length(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(nullif(btrim(CAST("到位金额" AS TEXT), '                　'), ''), ',', ''), '，', ''), '０', '0'), '１', '1'), '２', '2'), '３', '3'), '４', '4'), '５', '5'), '６', '6'), '７', '7'), '８', '8'), '９', '9'), '．', '.')) <= 18 THEN CAST(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(nullif(btrim(CAST("到位金额" AS TEXT), '                　'), ''), ',', ''), '，', ''), '０', '0'), '１', '1'), '２', '2'), '３', '3'), '４', '4'), '５', '5'), '６', '6'), '７', '7'), '８', '8'), '９', '9'), '．', '.') AS DECIMAL(18, 2)) END END) * 100 AS BIGINT) AS "exec_recovered", nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') AS "t_concluded", nullif(btrim(CAST("扣除天数" AS TEXT), '                　'), '') AS "t_excluded_days", nullif(btrim(CAST("到位金额" AS TEXT), '                　'), '') AS "t_exec_recovered",
CASE WHEN nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') LIKE '%:%' THEN regexp_replace(regexp_replace(nullif(btrim(CAST("结案日期" AS TEXT), '                　'), ''), '([01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$', '00:00:00', 'g'), '([01]?[0-9]|2[0-3]):[0-5][0-9]$', '00:00', 'g') ELSE nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') END AS "k_concluded", nullif(btrim(CAST("扣除天数" AS TEXT), '                　'), '') AS "k_excluded_days", CAST(NULL AS BIGINT) AS _order
FROM anjian) s) r
WHERE "outcome" IS NOT NULL
GROUP BY "outcome"
UNION ALL SELECT 'extended' AS field, "extended" AS text, count(*) AS n
FROM (SELECT s.*,
coalesce(nullif(substring(case_no from '^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$'), ''), nullif(substring(translate(case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号') from '^(.*?[^0-9])(0*[1-9][0-9]*)((?:号?[-、至][0-9]+)*)号(之[一二三四五六七八九十0-9]+)?$'), '')) AS _head,
coalesce(nullif(substring(origin_case_no from '^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$'), ''), nullif(substring(translate(origin_case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号') from '^(.*?[^0-9])(0*[1-9][0-9]*)((?:号?[-、至][0-9]+)*)号(之[一二三四五六七八九十0-9]+)?$'), '')) AS _origin
FROM (SELECT nullif(btrim(CAST("案号" AS TEXT), '                　'), '') AS "case_no", nullif(btrim(CAST("经办法院" AS TEXT), '                　'), '') AS "court", CAST(NULL AS VARCHAR) AS "line", CAST(NULL AS VARCHAR) AS "procedure", CAST(NULL AS VARCHAR) AS "applied",
CASE WHEN CAST("立案日期" AS DATE) >= CAST('1900-01-02' AS DATE) THEN CAST("立案日期" AS DATE) END AS "filed", CAST(NULL AS DATE) AS "concluded", nullif(btrim(CAST("结案方式" AS TEXT), '                　'), '') AS "outcome",
CASE WHEN CAST("应结案日期" AS DATE) >= CAST('1900-01-02' AS DATE) AND CAST("应结案日期" AS DATE) < CAST('2030-01-01' AS DATE) THEN CAST("应结案日期" AS DATE) END AS "deadline", nullif(btrim(CAST("是否延长" AS TEXT), '                　'), '') AS "extended", CAST(NULL AS BIGINT) AS "excluded_days", nullif(btrim(CAST("原审案号" AS TEXT), '                　'), '') AS "origin_case_no", CAST((CAST("申请执行金额" AS DECIMAL(18, 2))) * 100 AS BIGINT) AS "exec_due", CAST((CASE WHEN (replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(nullif(btrim(CAST("到位金额" AS TEXT), '                　'), ''), ',', ''), '，', ''), '０', '0'), '１', '1'), '２', '2'), '３', '3'), '４', '4'), '５', '5'), '６', '6'), '７', '7'), '８', '8'), '９', '9'), '．', '.') ~ '^[-+]?[0-9]+([.][0-9]*)?$') THEN
CASE WHEN length(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(nullif(btrim(CAST("到位金额" AS TEXT), '                　'), ''), ',', ''), '，', ''), '０', '0'), '１', '1'), '２', '2'), '３', '3'), '４', '4'), '５', '5'), '６', '6'), '７', '7'), '８', '8'), '９', '9'), '．', '.')) <= 18 THEN CAST(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(nullif(btrim(CAST("到位金额" AS TEXT), '                　'), ''), ',', ''), '，', ''), '０', '0'), '１', '1'), '２', '2'), '３', '3'), '４', '4'), '５', '5'), '６', '6'), '７', '7'), '８', '8'), '９', '9'), '．', '.') AS DECIMAL(18, 2)) END END) * 100 AS BIGINT) AS "exec_recovered", nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') AS "t_concluded", nullif(btrim(CAST("扣除天数" AS TEXT), '                　'), '') AS "t_excluded_days", nullif(btrim(CAST("到位金额" AS TEXT), '                　'), '') AS "t_exec_recovered",
CASE WHEN nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') LIKE '%:%' THEN regexp_replace(regexp_replace(nullif(btrim(CAST("结案日期" AS TEXT), '                　'), ''), '([01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$', '00:00:00', 'g'), '([01]?[0-9]|2[0-3]):[0-5][0-9]$', '00:00', 'g') ELSE nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') END AS "k_concluded", nullif(btrim(CAST("扣除天数" AS TEXT), '                　'), '') AS "k_excluded_days", CAST(NULL AS BIGINT) AS _order
FROM anjian) s) r
WHERE "extended" IS NOT NULL
GROUP BY "extended";

-- 5. tongbao_rows：逐行核对，_problem 为不能使用的原因；tongbao_ 开头的其他表是上面识别的结果
SELECT p."case_no" AS "case_no", p."filed" AS "filed", p."concluded" AS "concluded", p."extended" AS "extended", p."excluded_days" AS "excluded_days", p."origin_case_no" AS "origin_case_no", p."exec_due" AS "exec_due", p."exec_recovered" AS "exec_recovered", p."x_court" AS "court", p."x_type" AS "type", p."x_line" AS "line", p."x_procedure" AS "procedure", p."x_litigation" AS "litigation", p."x_origin_court" AS "origin_court", p."x_starting_court" AS "starting_court", p."x_outcome" AS "outcome",
p.bad_concluded AS bad_concluded,
p.bad_excluded_days AS bad_excluded_days,
p.bad_exec_recovered AS bad_exec_recovered,
coalesce(p._given, p._computed) AS deadline,
p._statutory AS statutory_deadline,
p._given AS _given,
p._computed AS _computed,
p._unknown_length AS _unknown_length,
p._number_court AS _number_court,
p._era AS _era,
p._order AS _order,
p._number AS _number,
p._by_number AS _by_number,
p._court_by_number AS _court_by_number,
p.unknown_outcome AS unknown_outcome,
p.unknown_extended AS unknown_extended,
p.unknown_excluded_days AS unknown_excluded_days,
p.unknown_exec_recovered AS unknown_exec_recovered,
p.unknown_deadline AS unknown_deadline,
p.x__spelt AS _spelt,
p._merged AS _merged, CAST(NULL AS VARCHAR) AS applied,
coalesce(p.x_court, p.court) AS _court_text,
CASE WHEN p._problem IS NULL AND p._era IS NOT NULL AND p._torn = 1 AND p.concluded = p._last AND p._suffixed = p._last_suffixed THEN '同一案号同日结案而结案方式不同' WHEN p._problem IS NULL AND p._era IS NOT NULL AND p._place > 1 THEN
CASE WHEN p._suffixed > p._last_suffixed THEN '之一、之二等属于同一案件' WHEN (p.concluded = p._last OR (p.concluded IS NULL AND p._last IS NULL)) AND (p.filed = p._last_filed OR (p.filed IS NULL AND p._last_filed IS NULL)) THEN '案号重复' ELSE '同一案件的较早状态' END ELSE p._problem END AS _problem
FROM (SELECT q.*,
CASE WHEN (_spelling NOT LIKE '%号' OR (_spelling LIKE '%-%' AND _number NOT LIKE '%-%')) THEN 1 ELSE 0 END AS _suffixed, row_number() OVER (PARTITION BY _number,
CASE WHEN _problem IS NULL AND _era IS NOT NULL THEN 1 ELSE 0 END ORDER BY
CASE WHEN (_spelling NOT LIKE '%号' OR (_spelling LIKE '%-%' AND _number NOT LIKE '%-%')) THEN 1 ELSE 0 END,
CASE WHEN concluded IS NULL THEN 1 ELSE 0 END, concluded DESC,
CASE WHEN x_outcome IS NULL THEN 1 ELSE 0 END,
CASE WHEN filed IS NULL THEN 1 ELSE 0 END, filed DESC,
CASE WHEN _order IS NULL THEN 1 ELSE 0 END, _order,
CASE WHEN "court" IS NULL THEN 1 ELSE 0 END, "court" COLLATE "C",
CASE WHEN "filed" IS NULL THEN 1 ELSE 0 END, "filed",
CASE WHEN "concluded" IS NULL THEN 1 ELSE 0 END, "concluded",
CASE WHEN "outcome" IS NULL THEN 1 ELSE 0 END, "outcome" COLLATE "C",
CASE WHEN "deadline" IS NULL THEN 1 ELSE 0 END, "deadline",
CASE WHEN "extended" IS NULL THEN 1 ELSE 0 END, "extended" COLLATE "C",
CASE WHEN "excluded_days" IS NULL THEN 1 ELSE 0 END, "excluded_days",
CASE WHEN "origin_case_no" IS NULL THEN 1 ELSE 0 END, "origin_case_no" COLLATE "C",
CASE WHEN "exec_due" IS NULL THEN 1 ELSE 0 END, "exec_due",
CASE WHEN "exec_recovered" IS NULL THEN 1 ELSE 0 END, "exec_recovered") AS _place, first_value(concluded) OVER (PARTITION BY _number,
CASE WHEN _problem IS NULL AND _era IS NOT NULL THEN 1 ELSE 0 END ORDER BY
CASE WHEN (_spelling NOT LIKE '%号' OR (_spelling LIKE '%-%' AND _number NOT LIKE '%-%')) THEN 1 ELSE 0 END,
CASE WHEN concluded IS NULL THEN 1 ELSE 0 END, concluded DESC,
CASE WHEN x_outcome IS NULL THEN 1 ELSE 0 END,
CASE WHEN filed IS NULL THEN 1 ELSE 0 END, filed DESC,
CASE WHEN _order IS NULL THEN 1 ELSE 0 END, _order,
CASE WHEN "court" IS NULL THEN 1 ELSE 0 END, "court" COLLATE "C",
CASE WHEN "filed" IS NULL THEN 1 ELSE 0 END, "filed",
CASE WHEN "concluded" IS NULL THEN 1 ELSE 0 END, "concluded",
CASE WHEN "outcome" IS NULL THEN 1 ELSE 0 END, "outcome" COLLATE "C",
CASE WHEN "deadline" IS NULL THEN 1 ELSE 0 END, "deadline",
CASE WHEN "extended" IS NULL THEN 1 ELSE 0 END, "extended" COLLATE "C",
CASE WHEN "excluded_days" IS NULL THEN 1 ELSE 0 END, "excluded_days",
CASE WHEN "origin_case_no" IS NULL THEN 1 ELSE 0 END, "origin_case_no" COLLATE "C",
CASE WHEN "exec_due" IS NULL THEN 1 ELSE 0 END, "exec_due",
CASE WHEN "exec_recovered" IS NULL THEN 1 ELSE 0 END, "exec_recovered") AS _last, first_value(filed) OVER (PARTITION BY _number,
CASE WHEN _problem IS NULL AND _era IS NOT NULL THEN 1 ELSE 0 END ORDER BY
CASE WHEN (_spelling NOT LIKE '%号' OR (_spelling LIKE '%-%' AND _number NOT LIKE '%-%')) THEN 1 ELSE 0 END,
CASE WHEN concluded IS NULL THEN 1 ELSE 0 END, concluded DESC,
CASE WHEN x_outcome IS NULL THEN 1 ELSE 0 END,
CASE WHEN filed IS NULL THEN 1 ELSE 0 END, filed DESC,
CASE WHEN _order IS NULL THEN 1 ELSE 0 END, _order,
CASE WHEN "court" IS NULL THEN 1 ELSE 0 END, "court" COLLATE "C",
CASE WHEN "filed" IS NULL THEN 1 ELSE 0 END, "filed",
CASE WHEN "concluded" IS NULL THEN 1 ELSE 0 END, "concluded",
CASE WHEN "outcome" IS NULL THEN 1 ELSE 0 END, "outcome" COLLATE "C",
CASE WHEN "deadline" IS NULL THEN 1 ELSE 0 END, "deadline",
CASE WHEN "extended" IS NULL THEN 1 ELSE 0 END, "extended" COLLATE "C",
CASE WHEN "excluded_days" IS NULL THEN 1 ELSE 0 END, "excluded_days",
CASE WHEN "origin_case_no" IS NULL THEN 1 ELSE 0 END, "origin_case_no" COLLATE "C",
CASE WHEN "exec_due" IS NULL THEN 1 ELSE 0 END, "exec_due",
CASE WHEN "exec_recovered" IS NULL THEN 1 ELSE 0 END, "exec_recovered") AS _last_filed, first_value(CASE WHEN (_spelling NOT LIKE '%号' OR (_spelling LIKE '%-%' AND _number NOT LIKE '%-%')) THEN 1 ELSE 0 END) OVER (PARTITION BY _number,
CASE WHEN _problem IS NULL AND _era IS NOT NULL THEN 1 ELSE 0 END ORDER BY
CASE WHEN (_spelling NOT LIKE '%号' OR (_spelling LIKE '%-%' AND _number NOT LIKE '%-%')) THEN 1 ELSE 0 END,
CASE WHEN concluded IS NULL THEN 1 ELSE 0 END, concluded DESC,
CASE WHEN x_outcome IS NULL THEN 1 ELSE 0 END,
CASE WHEN filed IS NULL THEN 1 ELSE 0 END, filed DESC,
CASE WHEN _order IS NULL THEN 1 ELSE 0 END, _order,
CASE WHEN "court" IS NULL THEN 1 ELSE 0 END, "court" COLLATE "C",
CASE WHEN "filed" IS NULL THEN 1 ELSE 0 END, "filed",
CASE WHEN "concluded" IS NULL THEN 1 ELSE 0 END, "concluded",
CASE WHEN "outcome" IS NULL THEN 1 ELSE 0 END, "outcome" COLLATE "C",
CASE WHEN "deadline" IS NULL THEN 1 ELSE 0 END, "deadline",
CASE WHEN "extended" IS NULL THEN 1 ELSE 0 END, "extended" COLLATE "C",
CASE WHEN "excluded_days" IS NULL THEN 1 ELSE 0 END, "excluded_days",
CASE WHEN "origin_case_no" IS NULL THEN 1 ELSE 0 END, "origin_case_no" COLLATE "C",
CASE WHEN "exec_due" IS NULL THEN 1 ELSE 0 END, "exec_due",
CASE WHEN "exec_recovered" IS NULL THEN 1 ELSE 0 END, "exec_recovered") AS _last_suffixed,
CASE WHEN (_number ~ '[0-9]号?[-、至][0-9]') THEN 1 ELSE 0 END AS _merged,
CASE WHEN min(x_outcome) OVER (PARTITION BY _number,
CASE WHEN _problem IS NULL AND _era IS NOT NULL THEN 1 ELSE 0 END,
CASE WHEN (_spelling NOT LIKE '%号' OR (_spelling LIKE '%-%' AND _number NOT LIKE '%-%')) THEN 1 ELSE 0 END, concluded) <> max(x_outcome) OVER (PARTITION BY _number,
CASE WHEN _problem IS NULL AND _era IS NOT NULL THEN 1 ELSE 0 END,
CASE WHEN (_spelling NOT LIKE '%号' OR (_spelling LIKE '%-%' AND _number NOT LIKE '%-%')) THEN 1 ELSE 0 END, concluded) THEN 1 ELSE 0 END AS _torn
FROM (SELECT r.*,
CASE WHEN r.case_no IS NULL THEN '缺少案号' WHEN r.court IS NULL THEN '缺少经办法院' WHEN c.code IS NULL THEN '经办法院不在法院表中：' || left(r.court, 40) WHEN 1 = 0 THEN '立案日期无法识别：' || '' WHEN r.bad_concluded IS NOT NULL THEN '结案日期无法识别：' || left(r.bad_concluded, 40) WHEN r.filed IS NULL AND r.concluded IS NULL THEN '立案日期、结案日期都没有' WHEN r.concluded < r.filed THEN '结案日期（' || to_char(r.concluded, 'YYYY-MM-DD') || '）早于立案日期（' || to_char(r.filed, 'YYYY-MM-DD') || '）' WHEN r.filed > CAST('2026-11-22' AS DATE) THEN '立案日期晚于今天：' || to_char(r.filed, 'YYYY-MM-DD') WHEN r.concluded > CAST('2026-11-22' AS DATE) THEN '结案日期晚于今天：' || to_char(r.concluded, 'YYYY-MM-DD') END AS _problem,
c.code AS "x_court",
h.type AS "x_type",
coalesce(r.line, h.line, '其他') AS "x_line",
coalesce(r.procedure, h.procedure) AS "x_procedure",
coalesce(h.litigation,
CASE WHEN r.line IN ('刑事', '民事', '行政') THEN '是' ELSE '否' END) AS "x_litigation",
o.code AS "x_origin_court",
coalesce(CASE WHEN coalesce(r.procedure, h.procedure) = '二审' THEN o.code END, c.code) AS "x_starting_court", nullif(w_outcome.word, '') AS x_outcome,
CASE WHEN w_outcome.known = '否' THEN 1 ELSE 0 END AS unknown_outcome,
CASE WHEN r.known_extended = '否' THEN 1 ELSE 0 END AS unknown_extended,
CASE WHEN r.bad_excluded_days IS NOT NULL THEN 1 ELSE 0 END AS unknown_excluded_days,
CASE WHEN r.bad_exec_recovered IS NOT NULL THEN 1 ELSE 0 END AS unknown_exec_recovered,
CASE WHEN (r.known_extended = '否') AND r.deadline IS NULL OR (r.bad_excluded_days IS NOT NULL) AND r.deadline IS NULL THEN 1 ELSE 0 END AS unknown_deadline,
CASE WHEN r._spelt = 1 OR w_outcome.other = '是' THEN 1 ELSE 0 END AS x__spelt,
CASE WHEN 1 = 0 THEN 1 ELSE 0 END AS _by_number,
CASE WHEN c.number IS NOT NULL THEN 1 ELSE 0 END AS _court_by_number,
CASE WHEN coalesce(substring(r.case_no from '^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$'), '') <> '' THEN r.case_no ELSE
CASE WHEN coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(?:.*[^0-9、至-])(?:0*)([1-9][0-9]*)(?:-0*(?:[1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), '') = '' THEN translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') WHEN coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(?:.*[^0-9、至-])(?:0*)(?:[1-9][0-9]*)(?:-0*([1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), '') = '' OR length(coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(?:.*[^0-9、至-])(0*)(?:[1-9][0-9]*)(?:-0*(?:[1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), '')) > 0 OR length(coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(?:.*[^0-9、至-])(?:0*)(?:[1-9][0-9]*)(?:-0*([1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), '')) < length(coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(?:.*[^0-9、至-])(?:0*)([1-9][0-9]*)(?:-0*(?:[1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), '')) OR (length(coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(?:.*[^0-9、至-])(?:0*)(?:[1-9][0-9]*)(?:-0*([1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), '')) = length(coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(?:.*[^0-9、至-])(?:0*)([1-9][0-9]*)(?:-0*(?:[1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), '')) AND coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(?:.*[^0-9、至-])(?:0*)(?:[1-9][0-9]*)(?:-0*([1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), '') <= coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(?:.*[^0-9、至-])(?:0*)([1-9][0-9]*)(?:-0*(?:[1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), '')) THEN concat(coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(.*[^0-9、至-])(?:0*)(?:[1-9][0-9]*)(?:-0*(?:[1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), ''),
coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(?:.*[^0-9、至-])(?:0*)([1-9][0-9]*)(?:-0*(?:[1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), ''), '号') ELSE concat(coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(.*[^0-9、至-])(?:0*)(?:[1-9][0-9]*)(?:-0*(?:[1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), ''),
coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(?:.*[^0-9、至-])(?:0*)([1-9][0-9]*)(?:-0*(?:[1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), ''), '-',
coalesce(substring(translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號abcdefghijklmnopqrstuvwxyzＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ') from '^(?:.*[^0-9、至-])(?:0*)(?:[1-9][0-9]*)(?:-0*([1-9][0-9]*))?号(?:之[一二三四五六七八九十百0-9]+)?$'), ''), '号') END END AS _number, translate(r.case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号') AS _spelling,
h.number_court AS _number_court,
h.year AS _number_year,
h.era AS _era,
r.deadline AS _given,
CASE WHEN r.filed IS NOT NULL AND l.type IS NOT NULL AND (CASE WHEN r.extended = '是' THEN l.months_extended ELSE l.months END) IS NOT NULL AND ((CASE WHEN r.extended = '是' THEN l.days_extended ELSE l.days END + coalesce(r.excluded_days, 0))) IS NOT NULL THEN (CAST((CASE WHEN (CASE WHEN r.extended = '是' THEN l.months_extended ELSE l.months END) = 0 THEN r.filed WHEN l.criminal = '否' THEN CAST(r.filed + make_interval(months => CAST((CASE WHEN r.extended = '是' THEN l.months_extended ELSE l.months END) AS INTEGER)) AS DATE) WHEN (CAST(r.filed AS DATE) + CAST(1 AS INTEGER)) = CAST(date_trunc('month', (CAST(r.filed AS DATE) + CAST(1 AS INTEGER))) + interval '1 month' - interval '1 day' AS DATE) THEN CAST(date_trunc('month', CAST((CAST(r.filed AS DATE) + CAST(1 AS INTEGER)) + make_interval(months => CAST(CASE WHEN r.extended = '是' THEN l.months_extended ELSE l.months END AS INTEGER)) AS DATE)) + interval '1 month' - interval '1 day' AS DATE) ELSE CAST((CAST(r.filed AS DATE) + CAST(1 AS INTEGER)) + make_interval(months => CAST((CASE WHEN r.extended = '是' THEN l.months_extended ELSE l.months END) AS INTEGER)) AS DATE) END) AS DATE) + CAST(((CASE WHEN r.extended = '是' THEN l.days_extended ELSE l.days END + coalesce(r.excluded_days, 0))) AS INTEGER)) END AS _computed,
CASE WHEN r.filed IS NOT NULL AND l.type IS NOT NULL AND (l.months) IS NOT NULL AND (l.days) IS NOT NULL THEN (CAST((CASE WHEN (l.months) = 0 THEN r.filed WHEN l.criminal = '否' THEN CAST(r.filed + make_interval(months => CAST((l.months) AS INTEGER)) AS DATE) WHEN (CAST(r.filed AS DATE) + CAST(1 AS INTEGER)) = CAST(date_trunc('month', (CAST(r.filed AS DATE) + CAST(1 AS INTEGER))) + interval '1 month' - interval '1 day' AS DATE) THEN CAST(date_trunc('month', CAST((CAST(r.filed AS DATE) + CAST(1 AS INTEGER)) + make_interval(months => CAST(l.months AS INTEGER)) AS DATE)) + interval '1 month' - interval '1 day' AS DATE) ELSE CAST((CAST(r.filed AS DATE) + CAST(1 AS INTEGER)) + make_interval(months => CAST((l.months) AS INTEGER)) AS DATE) END) AS DATE) + CAST((l.days) AS INTEGER)) END AS _statutory,
coalesce(r.extended, '') = '是' AS _unknown_length
FROM (SELECT s."case_no" AS "case_no", s."court" AS "court", s."line" AS "line", s."procedure" AS "procedure", s."applied" AS "applied", s."filed" AS "filed",
CASE WHEN d_concluded.value >= CAST('1900-01-02' AS DATE) THEN d_concluded.value END AS "concluded", s."outcome" AS "outcome", s."deadline" AS "deadline", nullif(w_extended.word, '') AS "extended",
i_excluded_days.value AS "excluded_days", s."origin_case_no" AS "origin_case_no", s."exec_due" AS "exec_due", s."exec_recovered" AS "exec_recovered",
CASE WHEN s.t_concluded IS NOT NULL AND d_concluded.value IS NULL THEN s.t_concluded END AS bad_concluded,
CASE WHEN s.t_excluded_days IS NOT NULL AND i_excluded_days.value IS NULL THEN s.t_excluded_days END AS bad_excluded_days,
CASE WHEN s.t_exec_recovered IS NOT NULL AND s."exec_recovered" IS NULL THEN s.t_exec_recovered END AS bad_exec_recovered,
w_extended.known AS known_extended,
CASE WHEN w_extended.other = '是' THEN 1 ELSE 0 END AS _spelt,
s._order AS _order,
s._head AS _head,
s._origin AS _origin
FROM (SELECT s.*,
coalesce(nullif(substring(case_no from '^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$'), ''), nullif(substring(translate(case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号') from '^(.*?[^0-9])(0*[1-9][0-9]*)((?:号?[-、至][0-9]+)*)号(之[一二三四五六七八九十0-9]+)?$'), '')) AS _head,
coalesce(nullif(substring(origin_case_no from '^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$'), ''), nullif(substring(translate(origin_case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號 	
 ­           ​‌‍‎‏  ‪‫‬‭‮  ⁠　﻿', '（（（（（（））））））0123456789---------、、、、号') from '^(.*?[^0-9])(0*[1-9][0-9]*)((?:号?[-、至][0-9]+)*)号(之[一二三四五六七八九十0-9]+)?$'), '')) AS _origin
FROM (SELECT nullif(btrim(CAST("案号" AS TEXT), '                　'), '') AS "case_no", nullif(btrim(CAST("经办法院" AS TEXT), '                　'), '') AS "court", CAST(NULL AS VARCHAR) AS "line", CAST(NULL AS VARCHAR) AS "procedure", CAST(NULL AS VARCHAR) AS "applied",
CASE WHEN CAST("立案日期" AS DATE) >= CAST('1900-01-02' AS DATE) THEN CAST("立案日期" AS DATE) END AS "filed", CAST(NULL AS DATE) AS "concluded", nullif(btrim(CAST("结案方式" AS TEXT), '                　'), '') AS "outcome",
CASE WHEN CAST("应结案日期" AS DATE) >= CAST('1900-01-02' AS DATE) AND CAST("应结案日期" AS DATE) < CAST('2030-01-01' AS DATE) THEN CAST("应结案日期" AS DATE) END AS "deadline", nullif(btrim(CAST("是否延长" AS TEXT), '                　'), '') AS "extended", CAST(NULL AS BIGINT) AS "excluded_days", nullif(btrim(CAST("原审案号" AS TEXT), '                　'), '') AS "origin_case_no", CAST((CAST("申请执行金额" AS DECIMAL(18, 2))) * 100 AS BIGINT) AS "exec_due", CAST((CASE WHEN (replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(nullif(btrim(CAST("到位金额" AS TEXT), '                　'), ''), ',', ''), '，', ''), '０', '0'), '１', '1'), '２', '2'), '３', '3'), '４', '4'), '５', '5'), '６', '6'), '７', '7'), '８', '8'), '９', '9'), '．', '.') ~ '^[-+]?[0-9]+([.][0-9]*)?$') THEN
CASE WHEN length(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(nullif(btrim(CAST("到位金额" AS TEXT), '                　'), ''), ',', ''), '，', ''), '０', '0'), '１', '1'), '２', '2'), '３', '3'), '４', '4'), '５', '5'), '６', '6'), '７', '7'), '８', '8'), '９', '9'), '．', '.')) <= 18 THEN CAST(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(nullif(btrim(CAST("到位金额" AS TEXT), '                　'), ''), ',', ''), '，', ''), '０', '0'), '１', '1'), '２', '2'), '３', '3'), '４', '4'), '５', '5'), '６', '6'), '７', '7'), '８', '8'), '９', '9'), '．', '.') AS DECIMAL(18, 2)) END END) * 100 AS BIGINT) AS "exec_recovered", nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') AS "t_concluded", nullif(btrim(CAST("扣除天数" AS TEXT), '                　'), '') AS "t_excluded_days", nullif(btrim(CAST("到位金额" AS TEXT), '                　'), '') AS "t_exec_recovered",
CASE WHEN nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') LIKE '%:%' THEN regexp_replace(regexp_replace(nullif(btrim(CAST("结案日期" AS TEXT), '                　'), ''), '([01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$', '00:00:00', 'g'), '([01]?[0-9]|2[0-3]):[0-5][0-9]$', '00:00', 'g') ELSE nullif(btrim(CAST("结案日期" AS TEXT), '                　'), '') END AS "k_concluded", nullif(btrim(CAST("扣除天数" AS TEXT), '                　'), '') AS "k_excluded_days", CAST(NULL AS BIGINT) AS _order
FROM anjian) s) s
LEFT JOIN tongbao_days d_concluded ON s.k_concluded = d_concluded.text
LEFT JOIN tongbao_integers i_excluded_days ON s.k_excluded_days = i_excluded_days.text
LEFT JOIN tongbao_words w_extended ON w_extended.field = 'extended' AND w_extended.stage = '' AND w_extended.text = s."extended") r
LEFT JOIN tongbao_heads h ON r._head = h.head
LEFT JOIN tongbao_courts c ON r.court = c.text AND (c.number IS NULL OR c.number = h.number_court)
LEFT JOIN tongbao_origins o ON r._origin = o.head
LEFT JOIN tongbao_limits l ON l.type = h.type AND l.applied = coalesce(r.applied, '')
LEFT JOIN tongbao_words w_outcome ON w_outcome.field = 'outcome' AND w_outcome.text = r.outcome AND w_outcome.stage =
CASE WHEN coalesce(r.procedure, h.procedure) IN ('二审', '再审审查', '再审') THEN coalesce(r.procedure, h.procedure) ELSE '' END) q) p;

-- 6. tongbao_cases：可以使用的案件
SELECT a."concluded" AS "concluded", a."court" AS "court", a."deadline" AS "deadline", a."filed" AS "filed", a."line" AS "line", a."litigation" AS "litigation", a."origin_court" AS "origin_court", a."outcome" AS "outcome", a."procedure" AS "procedure", a."unknown_outcome" AS "unknown_outcome", a."unknown_extended" AS "unknown_extended", a."unknown_excluded_days" AS "unknown_excluded_days", a."unknown_exec_recovered" AS "unknown_exec_recovered", a."unknown_deadline" AS "unknown_deadline"
FROM tongbao_rows a
WHERE a._problem IS NULL;

-- 7. 计数：只有这一结果传回本机；undecided_ 各列只在有不认识的写法时计算
SELECT
  "court",
  "line",
  "k",
  CAST(SUM("m_filed") AS BIGINT) AS "m_filed",
  CAST(SUM("m_limited") AS BIGINT) AS "m_limited",
  CAST(SUM("m_within_limit") AS BIGINT) AS "m_within_limit",
  CAST(SUM("m_first_concluded") AS BIGINT) AS "m_first_concluded",
  CAST(SUM("m_first_reversed") AS BIGINT) AS "m_first_reversed",
  CAST(SUM("m_undecided_limited") AS BIGINT) AS "m_undecided_limited",
  CAST(SUM("m_undecided_within_limit") AS BIGINT) AS "m_undecided_within_limit",
  CAST(SUM("m_undecided_first_reversed") AS BIGINT) AS "m_undecided_first_reversed",
  CAST(SUM("m_over12") AS BIGINT) AS "m_over12",
  CAST(SUM("m_litigation_pending") AS BIGINT) AS "m_litigation_pending"
FROM (
  SELECT
    "court" AS "court",
    "line",
    CASE
      WHEN "filed" <= CAST('2025-03-31' AS DATE)
      THEN NULL
      WHEN "filed" <= CAST('2025-06-30' AS DATE)
      THEN 1
      WHEN "filed" <= CAST('2025-09-30' AS DATE)
      THEN 2
    END AS "k",
    CAST(COUNT(1) AS BIGINT) AS "m_filed",
    CAST(0 AS BIGINT) AS "m_limited",
    CAST(0 AS BIGINT) AS "m_within_limit",
    CAST(0 AS BIGINT) AS "m_first_concluded",
    CAST(0 AS BIGINT) AS "m_first_reversed",
    CAST(0 AS BIGINT) AS "m_undecided_limited",
    CAST(0 AS BIGINT) AS "m_undecided_within_limit",
    CAST(0 AS BIGINT) AS "m_undecided_first_reversed",
    CAST(0 AS BIGINT) AS "m_over12",
    CAST(0 AS BIGINT) AS "m_litigation_pending"
  FROM tongbao_cases
  WHERE
    (
      "filed" > CAST('2025-03-31' AS DATE) AND "filed" <= CAST('2025-09-30' AS DATE)
    )
    AND NOT "court" IS NULL
  GROUP BY
    1,
    2,
    3
  UNION ALL
  SELECT
    "court" AS "court",
    "line",
    CASE
      WHEN "concluded" <= CAST('2025-03-31' AS DATE)
      THEN NULL
      WHEN "concluded" <= CAST('2025-06-30' AS DATE)
      THEN 1
      WHEN "concluded" <= CAST('2025-09-30' AS DATE)
      THEN 2
    END AS "k",
    CAST(0 AS BIGINT) AS "m_filed",
    CAST(COUNT(CASE WHEN NOT "deadline" IS NULL THEN 1 END) AS BIGINT) AS "m_limited",
    CAST(COUNT(CASE WHEN NOT "deadline" IS NULL AND "concluded" <= "deadline" THEN 1 END) AS BIGINT) AS "m_within_limit",
    CAST(COUNT(CASE WHEN "procedure" = '一审' THEN 1 END) AS BIGINT) AS "m_first_concluded",
    CAST(0 AS BIGINT) AS "m_first_reversed",
    CAST(COUNT(
      CASE
        WHEN (
          NOT (
            "deadline" IS NULL AND NOT (
              "unknown_deadline" = 1
            )
          )
        )
        AND CASE WHEN NOT (
          "deadline" IS NULL OR "unknown_deadline" = 1
        ) THEN 1 ELSE 0 END = 0
        THEN 1
      END
    ) AS BIGINT) AS "m_undecided_limited",
    CAST(COUNT(
      CASE
        WHEN (
          NOT (
            "deadline" IS NULL AND NOT (
              "unknown_deadline" = 1
            )
          )
          AND (
            "concluded" <= "deadline" OR "unknown_deadline" = 1
          )
        )
        AND CASE
          WHEN NOT (
            "deadline" IS NULL OR "unknown_deadline" = 1
          )
          AND (
            "concluded" <= "deadline" AND NOT (
              "unknown_deadline" = 1
            )
          )
          THEN 1
          ELSE 0
        END = 0
        THEN 1
      END
    ) AS BIGINT) AS "m_undecided_within_limit",
    CAST(0 AS BIGINT) AS "m_undecided_first_reversed",
    CAST(0 AS BIGINT) AS "m_over12",
    CAST(0 AS BIGINT) AS "m_litigation_pending"
  FROM tongbao_cases
  WHERE
    (
      "concluded" > CAST('2025-03-31' AS DATE)
      AND "concluded" <= CAST('2025-09-30' AS DATE)
    )
    AND NOT "court" IS NULL
  GROUP BY
    1,
    2,
    3
  UNION ALL
  SELECT
    "origin_court" AS "court",
    "line",
    CASE
      WHEN "concluded" <= CAST('2025-03-31' AS DATE)
      THEN NULL
      WHEN "concluded" <= CAST('2025-06-30' AS DATE)
      THEN 1
      WHEN "concluded" <= CAST('2025-09-30' AS DATE)
      THEN 2
    END AS "k",
    CAST(0 AS BIGINT) AS "m_filed",
    CAST(0 AS BIGINT) AS "m_limited",
    CAST(0 AS BIGINT) AS "m_within_limit",
    CAST(0 AS BIGINT) AS "m_first_concluded",
    CAST(COUNT(CASE WHEN "procedure" = '二审' AND "outcome" IN ('改判', '发回重审') THEN 1 END) AS BIGINT) AS "m_first_reversed",
    CAST(0 AS BIGINT) AS "m_undecided_limited",
    CAST(0 AS BIGINT) AS "m_undecided_within_limit",
    CAST(COUNT(
      CASE
        WHEN (
          "procedure" = '二审' AND (
            "outcome" IN ('改判', '发回重审') OR "unknown_outcome" = 1
          )
        )
        AND CASE
          WHEN "procedure" = '二审'
          AND (
            "outcome" IN ('改判', '发回重审') AND NOT (
              "unknown_outcome" = 1
            )
          )
          THEN 1
          ELSE 0
        END = 0
        THEN 1
      END
    ) AS BIGINT) AS "m_undecided_first_reversed",
    CAST(0 AS BIGINT) AS "m_over12",
    CAST(0 AS BIGINT) AS "m_litigation_pending"
  FROM tongbao_cases
  WHERE
    (
      "concluded" > CAST('2025-03-31' AS DATE)
      AND "concluded" <= CAST('2025-09-30' AS DATE)
    )
    AND NOT "origin_court" IS NULL
  GROUP BY
    1,
    2,
    3
  UNION ALL
  SELECT
    "court" AS "court",
    "line",
    CASE
      WHEN "filed" < CAST('2024-03-31' AS DATE)
      THEN 0
      WHEN "filed" < CAST('2024-06-30' AS DATE)
      THEN 1
      WHEN "filed" < CAST('2024-09-30' AS DATE)
      THEN 2
    END AS "k",
    CAST(0 AS BIGINT) AS "m_filed",
    CAST(0 AS BIGINT) AS "m_limited",
    CAST(0 AS BIGINT) AS "m_within_limit",
    CAST(0 AS BIGINT) AS "m_first_concluded",
    CAST(0 AS BIGINT) AS "m_first_reversed",
    CAST(0 AS BIGINT) AS "m_undecided_limited",
    CAST(0 AS BIGINT) AS "m_undecided_within_limit",
    CAST(0 AS BIGINT) AS "m_undecided_first_reversed",
    CAST(COUNT(
      CASE
        WHEN "litigation" = '是'
        AND (
          CASE
            WHEN "concluded" <= CAST('2025-03-31' AS DATE)
            THEN 0
            WHEN "concluded" <= CAST('2025-06-30' AS DATE)
            THEN 1
            WHEN "concluded" <= CAST('2025-09-30' AS DATE)
            THEN 2
          END IS NULL
          OR CASE
            WHEN "concluded" <= CAST('2025-03-31' AS DATE)
            THEN 0
            WHEN "concluded" <= CAST('2025-06-30' AS DATE)
            THEN 1
            WHEN "concluded" <= CAST('2025-09-30' AS DATE)
            THEN 2
          END > CASE
            WHEN "filed" < CAST('2024-03-31' AS DATE)
            THEN 0
            WHEN "filed" < CAST('2024-06-30' AS DATE)
            THEN 1
            WHEN "filed" < CAST('2024-09-30' AS DATE)
            THEN 2
          END
        )
        THEN 1
      END
    ) AS BIGINT) AS "m_over12",
    CAST(0 AS BIGINT) AS "m_litigation_pending"
  FROM tongbao_cases
  WHERE
    "filed" < CAST('2024-09-30' AS DATE) AND NOT "court" IS NULL
  GROUP BY
    1,
    2,
    3
  UNION ALL
  SELECT
    "court" AS "court",
    "line",
    CASE
      WHEN "filed" <= CAST('2025-03-31' AS DATE)
      THEN 0
      WHEN "filed" <= CAST('2025-06-30' AS DATE)
      THEN 1
      WHEN "filed" <= CAST('2025-09-30' AS DATE)
      THEN 2
    END AS "k",
    CAST(0 AS BIGINT) AS "m_filed",
    CAST(0 AS BIGINT) AS "m_limited",
    CAST(0 AS BIGINT) AS "m_within_limit",
    CAST(0 AS BIGINT) AS "m_first_concluded",
    CAST(0 AS BIGINT) AS "m_first_reversed",
    CAST(0 AS BIGINT) AS "m_undecided_limited",
    CAST(0 AS BIGINT) AS "m_undecided_within_limit",
    CAST(0 AS BIGINT) AS "m_undecided_first_reversed",
    CAST(0 AS BIGINT) AS "m_over12",
    CAST(COUNT(
      CASE
        WHEN "litigation" = '是'
        AND (
          CASE
            WHEN "concluded" <= CAST('2025-03-31' AS DATE)
            THEN 0
            WHEN "concluded" <= CAST('2025-06-30' AS DATE)
            THEN 1
            WHEN "concluded" <= CAST('2025-09-30' AS DATE)
            THEN 2
          END IS NULL
          OR CASE
            WHEN "concluded" <= CAST('2025-03-31' AS DATE)
            THEN 0
            WHEN "concluded" <= CAST('2025-06-30' AS DATE)
            THEN 1
            WHEN "concluded" <= CAST('2025-09-30' AS DATE)
            THEN 2
          END > CASE
            WHEN "filed" <= CAST('2025-03-31' AS DATE)
            THEN 0
            WHEN "filed" <= CAST('2025-06-30' AS DATE)
            THEN 1
            WHEN "filed" <= CAST('2025-09-30' AS DATE)
            THEN 2
          END
        )
        THEN 1
      END
    ) AS BIGINT) AS "m_litigation_pending"
  FROM tongbao_cases
  WHERE
    "filed" <= CAST('2025-09-30' AS DATE) AND NOT "court" IS NULL
  GROUP BY
    1,
    2,
    3
  UNION ALL
  SELECT
    "court" AS "court",
    "line",
    CASE
      WHEN "concluded" <= CAST('2025-03-31' AS DATE)
      THEN 0
      WHEN "concluded" <= CAST('2025-06-30' AS DATE)
      THEN 1
      WHEN "concluded" <= CAST('2025-09-30' AS DATE)
      THEN 2
    END AS "k",
    CAST(0 AS BIGINT) AS "m_filed",
    CAST(0 AS BIGINT) AS "m_limited",
    CAST(0 AS BIGINT) AS "m_within_limit",
    CAST(0 AS BIGINT) AS "m_first_concluded",
    CAST(0 AS BIGINT) AS "m_first_reversed",
    CAST(0 AS BIGINT) AS "m_undecided_limited",
    CAST(0 AS BIGINT) AS "m_undecided_within_limit",
    CAST(0 AS BIGINT) AS "m_undecided_first_reversed",
    CAST(-COUNT(
      CASE
        WHEN "litigation" = '是'
        AND CASE
          WHEN "concluded" <= CAST('2025-03-31' AS DATE)
          THEN 0
          WHEN "concluded" <= CAST('2025-06-30' AS DATE)
          THEN 1
          WHEN "concluded" <= CAST('2025-09-30' AS DATE)
          THEN 2
        END > CASE
          WHEN "filed" < CAST('2024-03-31' AS DATE)
          THEN 0
          WHEN "filed" < CAST('2024-06-30' AS DATE)
          THEN 1
          WHEN "filed" < CAST('2024-09-30' AS DATE)
          THEN 2
        END
        THEN 1
      END
    ) AS BIGINT) AS "m_over12",
    CAST(-COUNT(
      CASE
        WHEN "litigation" = '是'
        AND CASE
          WHEN "concluded" <= CAST('2025-03-31' AS DATE)
          THEN 0
          WHEN "concluded" <= CAST('2025-06-30' AS DATE)
          THEN 1
          WHEN "concluded" <= CAST('2025-09-30' AS DATE)
          THEN 2
        END > CASE
          WHEN "filed" <= CAST('2025-03-31' AS DATE)
          THEN 0
          WHEN "filed" <= CAST('2025-06-30' AS DATE)
          THEN 1
          WHEN "filed" <= CAST('2025-09-30' AS DATE)
          THEN 2
        END
        THEN 1
      END
    ) AS BIGINT) AS "m_litigation_pending"
  FROM tongbao_cases
  WHERE
    "concluded" <= CAST('2025-09-30' AS DATE) AND NOT "court" IS NULL
  GROUP BY
    1,
    2,
    3
) AS leaf
GROUP BY
  1,
  2,
  3;
