"""What a site file may say of the accuracy audit."""

from pydantic import Field

from service.site.block import Block, NotNegative


class AuditBlock(Block):
    """How many spots a day are put before a person; their pictures are kept, small and masked."""

    per_day: NotNegative = Field(
        default=0,
        description="Samples a day on average, at random moments; 0 keeps no picture at all.",
    )
