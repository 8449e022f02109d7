"""What the service tells other systems by itself: MQTT, webhooks, standards' feeds."""
