"""Long work in processes of its own: started by dotted name, watched, cancelled, resumed; imports no stage."""
