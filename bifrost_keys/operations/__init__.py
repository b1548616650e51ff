"""Operations on keys, one module per command. They print nothing and know no paths."""
