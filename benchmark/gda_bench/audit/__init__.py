"""What goes with every result: is the generator copying?"""
