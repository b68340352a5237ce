-- 1. 读取不同的案号头、法院、原审案号头（逐种在本机识别）
SELECT _head, court, _origin, count(*) AS n
FROM (SELECT s.*,
coalesce(nullif(extract(case_no, '^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$'), ''), nullif(extract(replaceRegexpAll(translateUTF8(case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號', '（（（（（（））））））0123456789---------、、、、号'), '[ \t\n\r\v\f    ​  　﻿]', ''), '^(.*?[^0-9])(0*[1-9][0-9]*)((?:号?[-、至][0-9]+)*)号(之[一二三四五六七八九十0-9]+)?$'), '')) AS _head,
coalesce(nullif(extract(origin_case_no, '^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$'), ''), nullif(extract(replaceRegexpAll(translateUTF8(origin_case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號', '（（（（（（））））））0123456789---------、、、、号'), '[ \t\n\r\v\f    ​  　﻿]', ''), '^(.*?[^0-9])(0*[1-9][0-9]*)((?:号?[-、至][0-9]+)*)号(之[一二三四五六七八九十0-9]+)?$'), '')) AS _origin
FROM (SELECT nullif(replaceRegexpAll(toString("案号"), '^[                　]+|[                　]+$', ''), '') AS "case_no", nullif(replaceRegexpAll(toString("经办法院"), '^[                　]+|[                　]+$', ''), '') AS "court", CAST(NULL AS Nullable(String)) AS "line", CAST(NULL AS Nullable(String)) AS "procedure", CAST(NULL AS Nullable(String)) AS "applied",
CASE WHEN toDate32("立案日期") >= CAST('1900-01-02' AS Nullable(DATE)) THEN toDate32("立案日期") END AS "filed", CAST(NULL AS Nullable(DATE)) AS "concluded", nullif(CASE nullif(replaceRegexpAll(toString("结案方式"), '^[                　]+|[                　]+$', ''), '') WHEN '执行完毕结案' THEN '执行完毕' WHEN '终结本次执行程序' THEN '终结本次执行' WHEN '维持原判' THEN '维持' WHEN '准予撤诉' THEN '撤诉' ELSE nullif(replaceRegexpAll(toString("结案方式"), '^[                　]+|[                　]+$', ''), '') END, '') AS "outcome",
CASE WHEN toDate32("应结案日期") >= CAST('1900-01-02' AS Nullable(DATE)) AND toDate32("应结案日期") < CAST('2030-01-01' AS Nullable(DATE)) THEN toDate32("应结案日期") END AS "deadline",
CASE WHEN nullif(replaceRegexpAll(toString("是否延长"), '^[                　]+|[                　]+$', ''), '') IS NULL THEN NULL WHEN lower(nullif(replaceRegexpAll(toString("是否延长"), '^[                　]+|[                　]+$', ''), '')) IN ('是', '1', 'true', 'y', 'yes', '有') THEN '是' ELSE '否' END AS "extended", CAST(NULL AS Nullable(Int64)) AS "excluded_days", nullif(replaceRegexpAll(toString("原审案号"), '^[                　]+|[                　]+$', ''), '') AS "origin_case_no", CAST((CAST("申请执行金额" AS Nullable(Decimal(18, 2)))) * 100 AS Nullable(Int64)) AS "exec_due", CAST((CASE WHEN match(replace(replace(nullif(replaceRegexpAll(toString("到位金额"), '^[                　]+|[                　]+$', ''), ''), ',', ''), '，', ''), '^[-+]?[0-9]+([.][0-9]*)?$') THEN toDecimal64OrNull(replace(replace(nullif(replaceRegexpAll(toString("到位金额"), '^[                　]+|[                　]+$', ''), ''), ',', ''), '，', ''), 2) END) * 100 AS Nullable(Int64)) AS "exec_recovered", nullif(replaceRegexpAll(toString("结案日期"), '^[                　]+|[                　]+$', ''), '') AS "t_concluded", nullif(replaceRegexpAll(toString("扣除天数"), '^[                　]+|[                　]+$', ''), '') AS "t_excluded_days", nullif(replaceRegexpAll(toString("到位金额"), '^[                　]+|[                　]+$', ''), '') AS "t_exec_recovered",
CASE WHEN nullif(replaceRegexpAll(toString("结案日期"), '^[                　]+|[                　]+$', ''), '') LIKE '%:%' THEN replaceRegexpAll(replaceRegexpAll(nullif(replaceRegexpAll(toString("结案日期"), '^[                　]+|[                　]+$', ''), ''), '([01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$', '00:00:00'), '([01]?[0-9]|2[0-3]):[0-5][0-9]$', '00:00') ELSE nullif(replaceRegexpAll(toString("结案日期"), '^[                　]+|[                　]+$', ''), '') END AS "k_concluded", nullif(replaceRegexpAll(toString("扣除天数"), '^[                　]+|[                　]+$', ''), '') AS "k_excluded_days", CAST(NULL AS Nullable(Int64)) AS _order
FROM anjian) s) r
GROUP BY _head, court, _origin;

-- 2. 读取以文字存放的日期（逐种在本机识别）
SELECT DISTINCT text
FROM (SELECT DISTINCT
CASE WHEN nullif(replaceRegexpAll(toString("结案日期"), '^[                　]+|[                　]+$', ''), '') LIKE '%:%' THEN replaceRegexpAll(replaceRegexpAll(nullif(replaceRegexpAll(toString("结案日期"), '^[                　]+|[                　]+$', ''), ''), '([01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$', '00:00:00'), '([01]?[0-9]|2[0-3]):[0-5][0-9]$', '00:00') ELSE nullif(replaceRegexpAll(toString("结案日期"), '^[                　]+|[                　]+$', ''), '') END AS text
FROM anjian) t
WHERE text IS NOT NULL;

-- 3. 读取以文字存放的整数（逐种在本机识别）
SELECT DISTINCT text
FROM (SELECT DISTINCT nullif(replaceRegexpAll(toString("扣除天数"), '^[                　]+|[                　]+$', ''), '') AS text
FROM anjian) t
WHERE text IS NOT NULL;

-- 4. tongbao_rows：逐行核对，_problem 为不能使用的原因；tongbao_ 开头的其他表是上面识别的结果
SELECT p."case_no" AS "case_no", p."filed" AS "filed", p."concluded" AS "concluded", p."outcome" AS "outcome", p."extended" AS "extended", p."excluded_days" AS "excluded_days", p."origin_case_no" AS "origin_case_no", p."exec_due" AS "exec_due", p."exec_recovered" AS "exec_recovered", p."x_court" AS "court", p."x_type" AS "type", p."x_line" AS "line", p."x_procedure" AS "procedure", p."x_litigation" AS "litigation", p."x_origin_court" AS "origin_court", p."x_starting_court" AS "starting_court",
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
p._order AS _order, CAST(NULL AS Nullable(String)) AS applied,
coalesce(p.x_court, p.court) AS _court_text,
CASE WHEN p._problem IS NULL AND p._era IS NOT NULL AND p._place > 1 THEN '案号重复' ELSE p._problem END AS _problem
FROM (SELECT q.*, row_number() OVER (PARTITION BY case_no,
CASE WHEN _problem IS NULL AND _era IS NOT NULL THEN 1 ELSE 0 END ORDER BY
CASE WHEN _order IS NULL THEN 1 ELSE 0 END, _order,
CASE WHEN "court" IS NULL THEN 1 ELSE 0 END, "court",
CASE WHEN "filed" IS NULL THEN 1 ELSE 0 END, "filed",
CASE WHEN "concluded" IS NULL THEN 1 ELSE 0 END, "concluded",
CASE WHEN "outcome" IS NULL THEN 1 ELSE 0 END, "outcome",
CASE WHEN "deadline" IS NULL THEN 1 ELSE 0 END, "deadline",
CASE WHEN "extended" IS NULL THEN 1 ELSE 0 END, "extended",
CASE WHEN "excluded_days" IS NULL THEN 1 ELSE 0 END, "excluded_days",
CASE WHEN "origin_case_no" IS NULL THEN 1 ELSE 0 END, "origin_case_no",
CASE WHEN "exec_due" IS NULL THEN 1 ELSE 0 END, "exec_due",
CASE WHEN "exec_recovered" IS NULL THEN 1 ELSE 0 END, "exec_recovered") AS _place
FROM (SELECT r.*,
CASE WHEN r.case_no IS NULL THEN '缺少案号' WHEN r.court IS NULL THEN '缺少经办法院' WHEN c.code IS NULL THEN '经办法院不在法院表中：' || substringUTF8(r.court, 1, 40) WHEN 1 = 0 THEN '立案日期无法识别：' || '' WHEN r.bad_concluded IS NOT NULL THEN '结案日期无法识别：' || substringUTF8(r.bad_concluded, 1, 40) WHEN r.filed IS NULL AND r.concluded IS NULL THEN '立案日期、结案日期都没有' WHEN r.concluded < r.filed THEN '结案日期（' || toString(r.concluded) || '）早于立案日期（' || toString(r.filed) || '）' WHEN r.filed > CAST('2026-11-22' AS Nullable(DATE)) THEN '立案日期晚于今天：' || toString(r.filed) WHEN r.concluded > CAST('2026-11-22' AS Nullable(DATE)) THEN '结案日期晚于今天：' || toString(r.concluded) END AS _problem,
c.code AS "x_court",
h.type AS "x_type",
coalesce(r.line, h.line, '其他') AS "x_line",
coalesce(r.procedure, h.procedure) AS "x_procedure",
coalesce(h.litigation,
CASE WHEN r.line IN ('刑事', '民事', '行政') THEN '是' ELSE '否' END) AS "x_litigation",
o.code AS "x_origin_court",
coalesce(o.code, c.code) AS "x_starting_court",
h.number_court AS _number_court,
h.year AS _number_year,
h.era AS _era,
r.deadline AS _given,
CASE WHEN r.filed IS NOT NULL AND l.type IS NOT NULL AND (CASE WHEN r.extended = '是' THEN l.months_extended ELSE l.months END) IS NOT NULL AND ((CASE WHEN r.extended = '是' THEN l.days_extended ELSE l.days END + coalesce(r.excluded_days, 0))) IS NOT NULL THEN addDays((CASE WHEN (CASE WHEN r.extended = '是' THEN l.months_extended ELSE l.months END) = 0 THEN r.filed WHEN l.criminal = '否' THEN addMonths(r.filed, (CASE WHEN r.extended = '是' THEN l.months_extended ELSE l.months END)) WHEN addDays(r.filed, 1) = toLastDayOfMonth(addDays(r.filed, 1)) THEN toLastDayOfMonth(addMonths(addDays(r.filed, 1),
CASE WHEN r.extended = '是' THEN l.months_extended ELSE l.months END)) ELSE addMonths(addDays(r.filed, 1), (CASE WHEN r.extended = '是' THEN l.months_extended ELSE l.months END)) END), ((CASE WHEN r.extended = '是' THEN l.days_extended ELSE l.days END + coalesce(r.excluded_days, 0)))) END AS _computed,
CASE WHEN r.filed IS NOT NULL AND l.type IS NOT NULL AND (l.months) IS NOT NULL AND (l.days) IS NOT NULL THEN addDays((CASE WHEN (l.months) = 0 THEN r.filed WHEN l.criminal = '否' THEN addMonths(r.filed, (l.months)) WHEN addDays(r.filed, 1) = toLastDayOfMonth(addDays(r.filed, 1)) THEN toLastDayOfMonth(addMonths(addDays(r.filed, 1), l.months)) ELSE addMonths(addDays(r.filed, 1), (l.months)) END), (l.days)) END AS _statutory,
coalesce(r.extended, '') = '是' AS _unknown_length
FROM (SELECT s."case_no" AS "case_no", s."court" AS "court", s."line" AS "line", s."procedure" AS "procedure", s."applied" AS "applied", s."filed" AS "filed",
CASE WHEN d_concluded.value >= CAST('1900-01-02' AS Nullable(DATE)) THEN d_concluded.value END AS "concluded", s."outcome" AS "outcome", s."deadline" AS "deadline", s."extended" AS "extended",
i_excluded_days.value AS "excluded_days", s."origin_case_no" AS "origin_case_no", s."exec_due" AS "exec_due", s."exec_recovered" AS "exec_recovered",
CASE WHEN s.t_concluded IS NOT NULL AND d_concluded.value IS NULL THEN s.t_concluded END AS bad_concluded,
CASE WHEN s.t_excluded_days IS NOT NULL AND i_excluded_days.value IS NULL THEN s.t_excluded_days END AS bad_excluded_days,
CASE WHEN s.t_exec_recovered IS NOT NULL AND s."exec_recovered" IS NULL THEN s.t_exec_recovered END AS bad_exec_recovered,
s._order AS _order,
s._head AS _head,
s._origin AS _origin
FROM (SELECT s.*,
coalesce(nullif(extract(case_no, '^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$'), ''), nullif(extract(replaceRegexpAll(translateUTF8(case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號', '（（（（（（））））））0123456789---------、、、、号'), '[ \t\n\r\v\f    ​  　﻿]', ''), '^(.*?[^0-9])(0*[1-9][0-9]*)((?:号?[-、至][0-9]+)*)号(之[一二三四五六七八九十0-9]+)?$'), '')) AS _head,
coalesce(nullif(extract(origin_case_no, '^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$'), ''), nullif(extract(replaceRegexpAll(translateUTF8(origin_case_no, '([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號', '（（（（（（））））））0123456789---------、、、、号'), '[ \t\n\r\v\f    ​  　﻿]', ''), '^(.*?[^0-9])(0*[1-9][0-9]*)((?:号?[-、至][0-9]+)*)号(之[一二三四五六七八九十0-9]+)?$'), '')) AS _origin
FROM (SELECT nullif(replaceRegexpAll(toString("案号"), '^[                　]+|[                　]+$', ''), '') AS "case_no", nullif(replaceRegexpAll(toString("经办法院"), '^[                　]+|[                　]+$', ''), '') AS "court", CAST(NULL AS Nullable(String)) AS "line", CAST(NULL AS Nullable(String)) AS "procedure", CAST(NULL AS Nullable(String)) AS "applied",
CASE WHEN toDate32("立案日期") >= CAST('1900-01-02' AS Nullable(DATE)) THEN toDate32("立案日期") END AS "filed", CAST(NULL AS Nullable(DATE)) AS "concluded", nullif(CASE nullif(replaceRegexpAll(toString("结案方式"), '^[                　]+|[                　]+$', ''), '') WHEN '执行完毕结案' THEN '执行完毕' WHEN '终结本次执行程序' THEN '终结本次执行' WHEN '维持原判' THEN '维持' WHEN '准予撤诉' THEN '撤诉' ELSE nullif(replaceRegexpAll(toString("结案方式"), '^[                　]+|[                　]+$', ''), '') END, '') AS "outcome",
CASE WHEN toDate32("应结案日期") >= CAST('1900-01-02' AS Nullable(DATE)) AND toDate32("应结案日期") < CAST('2030-01-01' AS Nullable(DATE)) THEN toDate32("应结案日期") END AS "deadline",
CASE WHEN nullif(replaceRegexpAll(toString("是否延长"), '^[                　]+|[                　]+$', ''), '') IS NULL THEN NULL WHEN lower(nullif(replaceRegexpAll(toString("是否延长"), '^[                　]+|[                　]+$', ''), '')) IN ('是', '1', 'true', 'y', 'yes', '有') THEN '是' ELSE '否' END AS "extended", CAST(NULL AS Nullable(Int64)) AS "excluded_days", nullif(replaceRegexpAll(toString("原审案号"), '^[                　]+|[                　]+$', ''), '') AS "origin_case_no", CAST((CAST("申请执行金额" AS Nullable(Decimal(18, 2)))) * 100 AS Nullable(Int64)) AS "exec_due", CAST((CASE WHEN match(replace(replace(nullif(replaceRegexpAll(toString("到位金额"), '^[                　]+|[                　]+$', ''), ''), ',', ''), '，', ''), '^[-+]?[0-9]+([.][0-9]*)?$') THEN toDecimal64OrNull(replace(replace(nullif(replaceRegexpAll(toString("到位金额"), '^[                　]+|[                　]+$', ''), ''), ',', ''), '，', ''), 2) END) * 100 AS Nullable(Int64)) AS "exec_recovered", nullif(replaceRegexpAll(toString("结案日期"), '^[                　]+|[                　]+$', ''), '') AS "t_concluded", nullif(replaceRegexpAll(toString("扣除天数"), '^[                　]+|[                　]+$', ''), '') AS "t_excluded_days", nullif(replaceRegexpAll(toString("到位金额"), '^[                　]+|[                　]+$', ''), '') AS "t_exec_recovered",
CASE WHEN nullif(replaceRegexpAll(toString("结案日期"), '^[                　]+|[                　]+$', ''), '') LIKE '%:%' THEN replaceRegexpAll(replaceRegexpAll(nullif(replaceRegexpAll(toString("结案日期"), '^[                　]+|[                　]+$', ''), ''), '([01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$', '00:00:00'), '([01]?[0-9]|2[0-3]):[0-5][0-9]$', '00:00') ELSE nullif(replaceRegexpAll(toString("结案日期"), '^[                　]+|[                　]+$', ''), '') END AS "k_concluded", nullif(replaceRegexpAll(toString("扣除天数"), '^[                　]+|[                　]+$', ''), '') AS "k_excluded_days", CAST(NULL AS Nullable(Int64)) AS _order
FROM anjian) s) s
LEFT JOIN tongbao_days d_concluded ON s.k_concluded = d_concluded.text
LEFT JOIN tongbao_integers i_excluded_days ON s.k_excluded_days = i_excluded_days.text) r
LEFT JOIN tongbao_heads h ON r._head = h.head
LEFT JOIN tongbao_courts c ON r.court = c.text
LEFT JOIN tongbao_origins o ON r._origin = o.head
LEFT JOIN tongbao_limits l ON l.type = h.type AND l.applied = coalesce(r.applied, '')) q) p;

-- 5. tongbao_cases：可以使用的案件
SELECT a."concluded" AS "concluded", a."court" AS "court", a."deadline" AS "deadline", a."filed" AS "filed", a."line" AS "line", a."litigation" AS "litigation", a."origin_court" AS "origin_court", a."outcome" AS "outcome", a."procedure" AS "procedure"
FROM tongbao_rows a
WHERE a._problem IS NULL;

-- 6. 计数：只有这一结果传回本机
SELECT
  "court",
  "line",
  "k",
  CAST(SUM("m_filed") AS Nullable(Int64)) AS "m_filed",
  CAST(SUM("m_litigation_filed") AS Nullable(Int64)) AS "m_litigation_filed",
  CAST(SUM("m_limited") AS Nullable(Int64)) AS "m_limited",
  CAST(SUM("m_within_limit") AS Nullable(Int64)) AS "m_within_limit",
  CAST(SUM("m_first_concluded") AS Nullable(Int64)) AS "m_first_concluded",
  CAST(SUM("m_first_reversed") AS Nullable(Int64)) AS "m_first_reversed",
  CAST(SUM("m_over12") AS Nullable(Int64)) AS "m_over12",
  CAST(SUM("m_litigation_opening") AS Nullable(Int64)) AS "m_litigation_opening"
FROM (
  SELECT
    "court" AS "court",
    "line",
    CASE
      WHEN "filed" <= CAST('2025-03-31' AS Nullable(DATE))
      THEN NULL
      WHEN "filed" <= CAST('2025-06-30' AS Nullable(DATE))
      THEN 1
      WHEN "filed" <= CAST('2025-09-30' AS Nullable(DATE))
      THEN 2
    END AS "k",
    CAST(COUNT(1) AS Nullable(Int64)) AS "m_filed",
    CAST(COUNT(CASE WHEN "litigation" = '是' THEN 1 END) AS Nullable(Int64)) AS "m_litigation_filed",
    CAST(0 AS Nullable(Int64)) AS "m_limited",
    CAST(0 AS Nullable(Int64)) AS "m_within_limit",
    CAST(0 AS Nullable(Int64)) AS "m_first_concluded",
    CAST(0 AS Nullable(Int64)) AS "m_first_reversed",
    CAST(0 AS Nullable(Int64)) AS "m_over12",
    CAST(0 AS Nullable(Int64)) AS "m_litigation_opening"
  FROM tongbao_cases
  WHERE
    NOT (
      CASE
        WHEN "filed" <= CAST('2025-03-31' AS Nullable(DATE))
        THEN NULL
        WHEN "filed" <= CAST('2025-06-30' AS Nullable(DATE))
        THEN 1
        WHEN "filed" <= CAST('2025-09-30' AS Nullable(DATE))
        THEN 2
      END IS NULL
    )
    AND NOT (
      "court" IS NULL
    )
  GROUP BY
    1,
    2,
    3
  UNION ALL
  SELECT
    "court" AS "court",
    "line",
    CASE
      WHEN "concluded" <= CAST('2025-03-31' AS Nullable(DATE))
      THEN NULL
      WHEN "concluded" <= CAST('2025-06-30' AS Nullable(DATE))
      THEN 1
      WHEN "concluded" <= CAST('2025-09-30' AS Nullable(DATE))
      THEN 2
    END AS "k",
    CAST(0 AS Nullable(Int64)) AS "m_filed",
    CAST(0 AS Nullable(Int64)) AS "m_litigation_filed",
    CAST(COUNT(CASE WHEN NOT (
      "deadline" IS NULL
    ) THEN 1 END) AS Nullable(Int64)) AS "m_limited",
    CAST(COUNT(CASE WHEN NOT (
      "deadline" IS NULL
    ) AND "concluded" <= "deadline" THEN 1 END) AS Nullable(Int64)) AS "m_within_limit",
    CAST(COUNT(CASE WHEN "procedure" = '一审' THEN 1 END) AS Nullable(Int64)) AS "m_first_concluded",
    CAST(0 AS Nullable(Int64)) AS "m_first_reversed",
    CAST(0 AS Nullable(Int64)) AS "m_over12",
    CAST(0 AS Nullable(Int64)) AS "m_litigation_opening"
  FROM tongbao_cases
  WHERE
    NOT (
      CASE
        WHEN "concluded" <= CAST('2025-03-31' AS Nullable(DATE))
        THEN NULL
        WHEN "concluded" <= CAST('2025-06-30' AS Nullable(DATE))
        THEN 1
        WHEN "concluded" <= CAST('2025-09-30' AS Nullable(DATE))
        THEN 2
      END IS NULL
    )
    AND NOT (
      "court" IS NULL
    )
  GROUP BY
    1,
    2,
    3
  UNION ALL
  SELECT
    "origin_court" AS "court",
    "line",
    CASE
      WHEN "concluded" <= CAST('2025-03-31' AS Nullable(DATE))
      THEN NULL
      WHEN "concluded" <= CAST('2025-06-30' AS Nullable(DATE))
      THEN 1
      WHEN "concluded" <= CAST('2025-09-30' AS Nullable(DATE))
      THEN 2
    END AS "k",
    CAST(0 AS Nullable(Int64)) AS "m_filed",
    CAST(0 AS Nullable(Int64)) AS "m_litigation_filed",
    CAST(0 AS Nullable(Int64)) AS "m_limited",
    CAST(0 AS Nullable(Int64)) AS "m_within_limit",
    CAST(0 AS Nullable(Int64)) AS "m_first_concluded",
    CAST(COUNT(CASE WHEN "procedure" = '二审' AND "outcome" IN ('改判', '发回重审') THEN 1 END) AS Nullable(Int64)) AS "m_first_reversed",
    CAST(0 AS Nullable(Int64)) AS "m_over12",
    CAST(0 AS Nullable(Int64)) AS "m_litigation_opening"
  FROM tongbao_cases
  WHERE
    NOT (
      CASE
        WHEN "concluded" <= CAST('2025-03-31' AS Nullable(DATE))
        THEN NULL
        WHEN "concluded" <= CAST('2025-06-30' AS Nullable(DATE))
        THEN 1
        WHEN "concluded" <= CAST('2025-09-30' AS Nullable(DATE))
        THEN 2
      END IS NULL
    )
    AND NOT (
      "origin_court" IS NULL
    )
  GROUP BY
    1,
    2,
    3
  UNION ALL
  SELECT
    "court" AS "court",
    "line",
    CASE
      WHEN "filed" < CAST('2024-03-31' AS Nullable(DATE))
      THEN 0
      WHEN "filed" < CAST('2024-06-30' AS Nullable(DATE))
      THEN 1
      WHEN "filed" < CAST('2024-09-30' AS Nullable(DATE))
      THEN 2
    END AS "k",
    CAST(0 AS Nullable(Int64)) AS "m_filed",
    CAST(0 AS Nullable(Int64)) AS "m_litigation_filed",
    CAST(0 AS Nullable(Int64)) AS "m_limited",
    CAST(0 AS Nullable(Int64)) AS "m_within_limit",
    CAST(0 AS Nullable(Int64)) AS "m_first_concluded",
    CAST(0 AS Nullable(Int64)) AS "m_first_reversed",
    CAST(COUNT(
      CASE
        WHEN "litigation" = '是'
        AND (
          CASE
            WHEN "concluded" <= CAST('2025-03-31' AS Nullable(DATE))
            THEN 0
            WHEN "concluded" <= CAST('2025-06-30' AS Nullable(DATE))
            THEN 1
            WHEN "concluded" <= CAST('2025-09-30' AS Nullable(DATE))
            THEN 2
          END IS NULL
          OR CASE
            WHEN "concluded" <= CAST('2025-03-31' AS Nullable(DATE))
            THEN 0
            WHEN "concluded" <= CAST('2025-06-30' AS Nullable(DATE))
            THEN 1
            WHEN "concluded" <= CAST('2025-09-30' AS Nullable(DATE))
            THEN 2
          END > CASE
            WHEN "filed" < CAST('2024-03-31' AS Nullable(DATE))
            THEN 0
            WHEN "filed" < CAST('2024-06-30' AS Nullable(DATE))
            THEN 1
            WHEN "filed" < CAST('2024-09-30' AS Nullable(DATE))
            THEN 2
          END
        )
        THEN 1
      END
    ) AS Nullable(Int64)) AS "m_over12",
    CAST(0 AS Nullable(Int64)) AS "m_litigation_opening"
  FROM tongbao_cases
  WHERE
    NOT (
      CASE
        WHEN "filed" < CAST('2024-03-31' AS Nullable(DATE))
        THEN 0
        WHEN "filed" < CAST('2024-06-30' AS Nullable(DATE))
        THEN 1
        WHEN "filed" < CAST('2024-09-30' AS Nullable(DATE))
        THEN 2
      END IS NULL
    )
    AND NOT (
      "court" IS NULL
    )
  GROUP BY
    1,
    2,
    3
  UNION ALL
  SELECT
    "court" AS "court",
    "line",
    CASE
      WHEN "filed" <= CAST('2025-03-31' AS Nullable(DATE))
      THEN 0
      WHEN "filed" <= CAST('2025-06-30' AS Nullable(DATE))
      THEN 1
      WHEN "filed" <= CAST('2025-09-30' AS Nullable(DATE))
      THEN 2
    END AS "k",
    CAST(0 AS Nullable(Int64)) AS "m_filed",
    CAST(0 AS Nullable(Int64)) AS "m_litigation_filed",
    CAST(0 AS Nullable(Int64)) AS "m_limited",
    CAST(0 AS Nullable(Int64)) AS "m_within_limit",
    CAST(0 AS Nullable(Int64)) AS "m_first_concluded",
    CAST(0 AS Nullable(Int64)) AS "m_first_reversed",
    CAST(0 AS Nullable(Int64)) AS "m_over12",
    CAST(COUNT(
      CASE
        WHEN "litigation" = '是'
        AND (
          CASE
            WHEN "concluded" <= CAST('2025-03-31' AS Nullable(DATE))
            THEN 0
            WHEN "concluded" <= CAST('2025-06-30' AS Nullable(DATE))
            THEN 1
            WHEN "concluded" <= CAST('2025-09-30' AS Nullable(DATE))
            THEN 2
          END IS NULL
          OR CASE
            WHEN "concluded" <= CAST('2025-03-31' AS Nullable(DATE))
            THEN 0
            WHEN "concluded" <= CAST('2025-06-30' AS Nullable(DATE))
            THEN 1
            WHEN "concluded" <= CAST('2025-09-30' AS Nullable(DATE))
            THEN 2
          END > CASE
            WHEN "filed" <= CAST('2025-03-31' AS Nullable(DATE))
            THEN 0
            WHEN "filed" <= CAST('2025-06-30' AS Nullable(DATE))
            THEN 1
            WHEN "filed" <= CAST('2025-09-30' AS Nullable(DATE))
            THEN 2
          END
        )
        THEN 1
      END
    ) AS Nullable(Int64)) AS "m_litigation_opening"
  FROM tongbao_cases
  WHERE
    NOT (
      CASE
        WHEN "filed" <= CAST('2025-03-31' AS Nullable(DATE))
        THEN 0
        WHEN "filed" <= CAST('2025-06-30' AS Nullable(DATE))
        THEN 1
        WHEN "filed" <= CAST('2025-09-30' AS Nullable(DATE))
        THEN 2
      END IS NULL
    )
    AND NOT (
      "court" IS NULL
    )
  GROUP BY
    1,
    2,
    3
  UNION ALL
  SELECT
    "court" AS "court",
    "line",
    CASE
      WHEN "concluded" <= CAST('2025-03-31' AS Nullable(DATE))
      THEN 0
      WHEN "concluded" <= CAST('2025-06-30' AS Nullable(DATE))
      THEN 1
      WHEN "concluded" <= CAST('2025-09-30' AS Nullable(DATE))
      THEN 2
    END AS "k",
    CAST(0 AS Nullable(Int64)) AS "m_filed",
    CAST(0 AS Nullable(Int64)) AS "m_litigation_filed",
    CAST(0 AS Nullable(Int64)) AS "m_limited",
    CAST(0 AS Nullable(Int64)) AS "m_within_limit",
    CAST(0 AS Nullable(Int64)) AS "m_first_concluded",
    CAST(0 AS Nullable(Int64)) AS "m_first_reversed",
    CAST(-COUNT(
      CASE
        WHEN "litigation" = '是'
        AND CASE
          WHEN "concluded" <= CAST('2025-03-31' AS Nullable(DATE))
          THEN 0
          WHEN "concluded" <= CAST('2025-06-30' AS Nullable(DATE))
          THEN 1
          WHEN "concluded" <= CAST('2025-09-30' AS Nullable(DATE))
          THEN 2
        END > CASE
          WHEN "filed" < CAST('2024-03-31' AS Nullable(DATE))
          THEN 0
          WHEN "filed" < CAST('2024-06-30' AS Nullable(DATE))
          THEN 1
          WHEN "filed" < CAST('2024-09-30' AS Nullable(DATE))
          THEN 2
        END
        THEN 1
      END
    ) AS Nullable(Int64)) AS "m_over12",
    CAST(-COUNT(
      CASE
        WHEN "litigation" = '是'
        AND CASE
          WHEN "concluded" <= CAST('2025-03-31' AS Nullable(DATE))
          THEN 0
          WHEN "concluded" <= CAST('2025-06-30' AS Nullable(DATE))
          THEN 1
          WHEN "concluded" <= CAST('2025-09-30' AS Nullable(DATE))
          THEN 2
        END > CASE
          WHEN "filed" <= CAST('2025-03-31' AS Nullable(DATE))
          THEN 0
          WHEN "filed" <= CAST('2025-06-30' AS Nullable(DATE))
          THEN 1
          WHEN "filed" <= CAST('2025-09-30' AS Nullable(DATE))
          THEN 2
        END
        THEN 1
      END
    ) AS Nullable(Int64)) AS "m_litigation_opening"
  FROM tongbao_cases
  WHERE
    NOT (
      CASE
        WHEN "concluded" <= CAST('2025-03-31' AS Nullable(DATE))
        THEN 0
        WHEN "concluded" <= CAST('2025-06-30' AS Nullable(DATE))
        THEN 1
        WHEN "concluded" <= CAST('2025-09-30' AS Nullable(DATE))
        THEN 2
      END IS NULL
    )
    AND NOT (
      "court" IS NULL
    )
  GROUP BY
    1,
    2,
    3
) AS leaf
GROUP BY
  1,
  2,
  3;
