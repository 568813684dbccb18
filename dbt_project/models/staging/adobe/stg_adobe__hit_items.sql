-- Grain: one row per delivered row and product that it names.
-- `category;product;quantity;price;…`, products between commas. `^` before a sign says
-- that the sign was typed; the price is that of all pieces together.
with
    products as (
        select
            file_id,
            export_date,
            row_number,
            {{
                explode_text(
                    "replace(replace(replace(post_product_list, '^^', chr(1)), "
                    "'^,', chr(2)), '^;', chr(3))",
                    ",",
                )
            }} as product
        from {{ ref("stg_adobe__hits") }}
        where {{ read_text("post_product_list") }} is not null
    ),

    parsed as (
        select
            file_id,
            export_date,
            row_number,
            nullif(
                trim(
                    replace(
                        replace(
                            replace(split_part(product, ';', 2), chr(3), ';'),
                            chr(2),
                            ','
                        ),
                        chr(1),
                        '^'
                    )
                ),
                ''
            ) as sku,
            coalesce({{ read_integer("split_part(product, ';', 3)") }}, 1) as quantity,
            {{ read_decimal("split_part(product, ';', 4)") }} as total_price
        from products
    ),

    -- the price of one piece, over all lines of a product
    named as (
        select
            file_id,
            export_date,
            row_number,
            sku,
            cast(null as string) as product_name,
            sum(quantity) as quantity,
            cast(
                sum(total_price) / nullif(sum(quantity), 0) as decimal(18, 2)
            ) as price,
            cast(null as string) as currency
        from parsed
        group by file_id, export_date, row_number, sku
    )

    {{ web_event_items("named") }}
